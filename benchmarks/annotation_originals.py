"""Small annotation files in all forms that mienet reads, for ``mutations.py`` to change."""

import gzip
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

from mienet.labeling.timeline_formats import (
    find_timeline_format,
    write_timelines,
    written_formats,
)
from mienet.labeling.timelines import AnnotatedVideo, Event, Interval

NAMES = tuple(f"{number}.mp4" for number in range(12))
LABELS = tuple(("fall", "rise")[number % 2] for number in range(12))

KINOVEA = """<KinoveaVideoAnalysis><FormatVersion>2.1</FormatVersion>
<FullPath>C:\\lab\\a.mp4</FullPath>
<AverageTimeStampsPerFrame>512</AverageTimeStampsPerFrame><VideoFramerate>25</VideoFramerate>
<CaptureFramerate>240</CaptureFramerate><FirstTimeStamp>512</FirstTimeStamp>
<Keyframes><Keyframe><Timestamp>26112</Timestamp><Name>jump</Name></Keyframe></Keyframes>
<Chronos><ChronoMulti name="Chrono 1"><Values><Sections>
<Section name="run" tag="Ann">13312;51712</Section></Sections></Values></ChronoMulti></Chronos>
</KinoveaVideoAnalysis>"""

CVAT = """<annotations><meta><task><start_frame>10</start_frame><stop_frame>19</stop_frame>
<frame_filter>step=3</frame_filter></task><source>a.mp4</source></meta>
<track id="0" label="up"><box frame="10" outside="0"><attribute name="side">left</attribute></box>
<box frame="13" outside="1"/><box frame="16" outside="0"/><box frame="19" outside="1"/></track>
<image id="1" name="frame_000001"><tag label="up"/></image>
<image id="2" name="frame_000002"><tag label="up"/></image></annotations>"""

TEXTGRID = """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 2.5
tiers? <exists>
size = 2
item []:
    item [1]:
        class = "IntervalTier"
        name = "phase"
        xmin = 0
        xmax = 2.5
        intervals: size = 2
        intervals [1]:
            xmin = 0
            xmax = 1.25
            text = "say ""up"" now"
        intervals [2]:
            xmin = 1.25
            xmax = 2.5
            text = "down"
    item [2]:
        class = "TextTier"
        name = "events"
        xmin = 0
        xmax = 2.5
        points: size = 1
        points [1]:
            number = 0.5
            mark = "jump"
"""

BORIS_HEADER = (
    "Observation id\tMedia file\tTotal length\tFPS\tSubject\tBehavior\tBehavioral category\t"
    "Modifiers\tBehavior type\tStart (s)\tStop (s)\tDuration (s)\tComment start\tComment stop\n"
)
BORIS_ROWS = (
    "o\ta.mp4\t30.0\t25.0\tNo focal subject\trun\t\tm|None\tSTATE\t1.0\t2.5\t1.5\t\t\n"
    "o\ta.mp4\t30.0\t25.0\tAnn\tjump\tNot defined\t\tPOINT\t3.0\t3.0\tNA\t\t\n"
)
BORIS_EVENTS = (
    "Observation id\to 1\n\nMedia file(s)\n\nPlayer #1\ta.mp4\n\nTime offset (s)\t1.0\n\n"
    "Time\tMedia file path\tTotal length\tFPS\tSubject\tBehavior\tBehavioral category\tModifier 1\t"
    "Comment\tStatus\n2,5\ta.mp4\t30.0\t25.0\tAnn\trun\t\tm\t\tSTART\n"
    "4.0\ta.mp4\t30.0\t25.0\tAnn\trun\t\tm\t\tSTOP\n"
)
ELAN_TABLE = (
    "gestures\t\t00:00:01.800\t1.8\t00:00:02.400\t2.4\t00:00:00.600\t0.6\tprep\n"
    "text\tAnn\t01:00:02.000\t3602.0\t01:00:05.500\t3605.5\t00:00:03.500\t3.5\tfox 001\n"
)

TEXTS = {
    "a.kva": KINOVEA,
    "cvat.xml": CVAT,
    "a.TextGrid": TEXTGRID,
    "boris_aggregated.tsv": BORIS_HEADER + BORIS_ROWS,
    "boris_events.tsv": BORIS_EVENTS,
    "elan.txt": ELAN_TABLE,
    "a.vtt": "WEBVTT - x\n\nNOTE a\n\nrun-1\n00:01.000 --> 00:00:04.000 align:start\n"
    "<v Ann>Run &amp; jump</v>\n\n00:02.000 --> 00:03.000\n<i>Up</i>\n",
    "frames.txt": "background\nup\nup\ndown\nup\nup\n",
    "a_labels.csv": ",background,rear,groom\n0,1,0,0\n1,0,1,0\n2,0,1,1\n3,-1,-1,-1\n",
    "frames.csv": "path,label,start_frame,end_frame\na.mp4,up,5,10\na.mp4,jump,7,\n",
}
"""Read as whole recordings; those that count frames, at 25 a second."""

JSONS: dict[str, Any] = {
    "via.json": {
        "project": {"pid": "__VIA_PROJECT_ID__"},
        "config": {"file": {"loc_prefix": {"1": ""}}},
        "attribute": {
            "1": {"aname": "phase", "type": 4, "options": {"0": "up", "1": "down"}},
            "2": {"aname": "notes", "type": 2, "options": {"a": "fast", "b": "left"}},
        },
        "file": {"7": {"fid": 7, "fname": "a.mp4", "type": 4}},
        "metadata": {
            "1_0": {"vid": "1", "z": [0.5, 1.25], "xy": [], "av": {"1": "1", "2": "a,b"}},
            "1_1": {"vid": "1", "z": [2.0], "xy": [], "av": {"1": "0"}},
        },
        "view": {"1": {"fid_list": [7]}},
    },
    "spot.json": [
        {"video": "a", "num_frames": 50, "fps": 25.0, "events": [{"frame": 30, "label": "hit"}]}
    ],
    "Labels-v2.json": {
        "UrlLocal": "league/game",
        "annotations": [
            {"gameTime": "1 - 12:34", "label": "Offside", "position": "754320", "team": "home"},
            {"gameTime": "2 - 0:45", "label": "Goal", "position": "45120", "team": "away"},
        ],
    },
    "activitynet.json": {
        "database": {
            "v_a": {
                "duration": 10.0,
                "frame": 300,
                "annotations": [{"segment": [1.5, 4], "label": "dive"}],
            }
        }
    },
    "feral.json": {
        "class_names": {"0": "other", "1": "up", "2": "down"},
        "is_multilabel": False,
        "labels": {"a.mp4": [1, 1, 0, 2]},
        "splits": {"inference": ["b.mp4"]},
    },
}


def make_annotations(folder: Path) -> None:
    """Writes lists of clips, prepared and published datasets, and annotations of recordings."""
    make_lists(folder)
    make_published(folder)
    make_recordings(folder / "recordings")


def make_recordings(folder: Path) -> None:
    folder.mkdir()
    intervals = (
        Interval("run", 0.04, 1.5, "Ann", modifiers=("fast",), confidence=0.875),
        Interval("walk", 1.5, 2.0, "Ann"),
    )
    video = AnnotatedVideo(
        "a.mp4", intervals, (Event("jump", 0.5, "Ann"),), fps=25.0, duration_seconds=3.0
    )
    for name in written_formats():
        for path in write_timelines([video], folder / name, name):
            if find_timeline_format(path):  # not the settings that Label Studio needs beside it
                path.rename(folder / f"{name}{path.suffix}")
        shutil.rmtree(folder / name)
    for name, text in TEXTS.items():
        (folder / name).write_text(text)
    for name, content in JSONS.items():
        (folder / name).write_text(json.dumps(content))
    (folder / "packed.boris.gz").write_bytes(gzip.compress((folder / "boris.boris").read_bytes()))
    rows = "".join(
        "<row>"
        + "".join(f'<c t="inlineStr"><is><t>{c}</t></is></c>' for c in line.split("\t")[:11])
        + "</row>"
        for line in (BORIS_HEADER + BORIS_ROWS).splitlines()
    )
    with zipfile.ZipFile(folder / "sheet.xlsx", "w") as file:
        file.writestr("xl/worksheets/sheet1.xml", f"<worksheet>{rows}</worksheet>")
        file.writestr("xl/sharedStrings.xml", "<sst><si><t>run</t></si></sst>")


def make_lists(folder: Path) -> None:
    for where in ("lists", "dataset"):
        (folder / where).mkdir(parents=True)
        for name in NAMES:
            (folder / where / name).write_bytes(b"")
    pairs = list(zip(NAMES, LABELS, strict=True))
    rows = "".join(f"{name},{label}\n" for name, label in pairs)
    (folder / "lists/list.csv").write_text("path,label\n" + rows)
    spans = "".join(f"{name},{label},0.5,{n + 1}.25\n" for n, (name, label) in enumerate(pairs))
    (folder / "lists/spans.csv").write_text("path,label,start_seconds,end_seconds\n" + spans)
    rows_of_tsn = "".join(f"{name} 20 {n % 2}\n" for n, name in enumerate(NAMES))
    (folder / "lists/list.txt").write_text(rows_of_tsn)
    (folder / "dataset/train.csv").write_text("path,label\n" + rows)
    content = {
        "videos": str(folder / "dataset"),
        "classes": ["fall", "rise"],
        "frame_pattern": None,
        "made": {"command": "prepare", "seed": 0},
        "left_out": {"13.mp4": "broken"},
    }
    (folder / "dataset/dataset.json").write_text(json.dumps(content, indent=2))


def make_published(folder: Path) -> None:
    diving = [
        {"vid_name": str(n), "label": n % 2, "start_frame": 0, "end_frame": 20} for n in range(12)
    ]
    something = [
        {"id": str(n), "template": "Pushing [something]", "placeholders": ["a cup"]}
        for n in range(12)
    ]
    ids = [f"abcdefghij{n:x}" for n in range(12)]
    kinetics = "".join(
        f"{label},{key},0,10,train\n" for key, label in zip(ids, LABELS, strict=True)
    )
    groups = [f"v_{label}_g{n:02}_c01.avi" for n, label in enumerate(LABELS)]
    contents = {
        "diving48": {
            "Diving48_train.json": json.dumps(diving),
            "Diving48_vocab.json": json.dumps([["Back", "15som"], ["Inward", "PIKE"]]),
        },
        "something-v2": {
            "train.json": json.dumps(something),
            "labels.json": json.dumps({"Pushing something": "0", "Holding something": "1"}),
        },
        "kinetics": {"train.csv": "label,youtube_id,time_start,time_end,split\n" + kinetics},
        "ucf101": {
            "classInd.txt": "1 fall\n2 rise\n",
            "trainlist01.txt": "".join(
                f"{label}/{name} {n % 2 + 1}\n"
                for n, (label, name) in enumerate(zip(LABELS, groups, strict=True))
            ),
        },
        "hmdb51": {
            "fall_test_split1.txt": "".join(f"{n}.avi {n % 3}\n" for n in range(0, 12, 2)),
            "rise_test_split1.txt": "".join(f"{n}.avi {n % 3}\n" for n in range(1, 12, 2)),
        },
    }
    videos = {
        "kinetics": [f"{key}_000000_000010.mp4" for key in ids],
        "ucf101": [f"{label}/{name}" for label, name in zip(LABELS, groups, strict=True)],
        "hmdb51": [f"{label}/{n}.avi" for n, label in enumerate(LABELS)],
    }
    for dataset, lists in contents.items():
        (folder / dataset / "lists").mkdir(parents=True)
        for name, text in lists.items():
            (folder / dataset / "lists" / name).write_text(text)
        for name in videos.get(dataset, NAMES):
            path = folder / dataset / "videos" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
