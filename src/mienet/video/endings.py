"""What a file is by its name: a video, an image, or why it is neither.

The endings of videos are those that FFmpeg decodes and that cameras, recorders, editors and old
disks write. Whatever is named explicitly is opened whatever its ending; these lists only decide
what a search of a folder takes.
"""

VIDEO, IMAGE = "video", "image"

VIDEO_ENDINGS = {
    "files that people share": (
        "mp4 m4v mp4v mov qt avi divx xvid mkv mk3d webm flv f4v wmv wm asf mpg mpeg mpe ogv ogm "
        "3gp 3gpp 3g2 3gp2 rm rmvb nut ivf amv gif apng"
    ),
    "cameras, recorders, disks": (
        "mts m2ts m2t ts trp tp mod tod vob evo vro dv dif mxf gxf lxf wtv dvr-ms ismv insv 360 "
        "cine svi"
    ),
    "streams without a container": (
        "h261 h263 h264 264 avc h265 265 hevc h266 266 vvc av1 obu m1v m2v mpv mjpg mjpeg mj2 vc1 "
        "y4m"
    ),
    "old programs": "fli flc viv nsv roq bik smk",
}
VIDEO_SUFFIXES = frozenset(f".{e}" for endings in VIDEO_ENDINGS.values() for e in endings.split())
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")

REASONS = {
    "a playlist or script, which names other files": (
        "m3u m3u8 mpd ffconcat ffcat concat sdp pls asx wpl xspf cue ism ismc f4m smil strm avs "
        "vpy edl mlt kdenlive prproj fcpxml"
    ),
    "raw data of a camera, for which there is no decoder; export it": "braw r3d ari arx crm nev",
    "raw pixels, whose size is not known; export it": "yuv rgb raw",
    "a camera's small copy of a video": "lrv lrf",
    "an image of a kind that is not read; convert it to png or jpg": (
        "heic heif tif tiff avif jp2 jxl dng cr2 cr3 nef arw orf rw2 psd svg tga exr dpx thm"
    ),
    "sound": "mp3 wav aac m4a flac ogg oga opus wma aif aiff mka ac3 amr",
    "subtitles": "srt vtt ass ssa sub idx",
    "an index of a disk": "ifo bup bdmv clpi mpls",
    "not whole yet": "part partial crdownload download tmp filepart",
}
"""Why files with these endings are ignored; all others are ignored for an unknown ending."""

_REASON_OF = {f".{e}": reason for reason, endings in REASONS.items() for e in endings.split()}

SYSTEM_NAMES = frozenset(
    (
        *("__macosx", ".ds_store", ".appledouble", ".spotlight-v100", ".trashes", ".fseventsd"),
        *("thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "system volume information"),
        *("@eadir", "#recycle", "#snapshot", ".@__thumb", "@recycle", "@recently-snapshot"),
        *(".thumbnails", ".thumbs", ".directory", ".picasa.ini", ".nomedia", "lost+found"),
        *("network trash folder", "temporary items", "icon\r", ".temporaryitems"),
    )
)


def kind_of(name: str) -> str:
    """Returns ``VIDEO``, ``IMAGE``, or why a file of this name is neither."""
    dot = name.rfind(".")
    suffix = name[dot:].lower() if dot > 0 else ""
    if suffix in VIDEO_SUFFIXES:
        return VIDEO
    if suffix in IMAGE_SUFFIXES:
        return IMAGE
    if suffix in _REASON_OF:
        return _REASON_OF[suffix]
    return f"no video by its ending {suffix}" if suffix.isprintable() and suffix else "no ending"


def system_reason(name: str) -> str:
    """Returns why an entry is the system's and nobody's video; empty if it may be one."""
    if name.startswith("._") or name.lower() in SYSTEM_NAMES or name.startswith(".Trash"):
        return "a system file"
    return "hidden" if name.startswith(".") else ""
