"""Made videos of the standing long jump: a small stand-in for a real fine-grained data set.

Every video written here is drawn by the computer; no real person appears in any of them. An
articulated figure, seen from the side, prepares, swings its arms, takes off, flies, lands and
absorbs. Eleven key events cut one jump into ten intervals, and a clip shows one of them.

The ten class names follow the manner of the SLJD data set (standing long jump), which names a
class "event A → event B". Two of the names are ones published for SLJD, "arm backward stretch →
thigh vertical to ground" and "arm at backward highest → heel off ground"; the other eight are
ours. Nothing else is taken from SLJD.

Neighbouring intervals often pass through the same poses in opposite directions (arms down and
back, then forward and up; knees bending, then straightening), so single frames are ambiguous and
motion is not. What differs between athletes is their build, speed, style, clothes, skin and hair;
between scenes the wall, the ground, the light and the shadow; between clips the distance, aim,
pan and shake of the camera, motion blur, noise, compression, frame count and frame rate. None of
the latter depends on the class. All draws come from ``numpy`` generators keyed by (seed, split,
athlete, purpose), so no athlete or scene is ever in two splits and every file can be remade.
"""

import csv
import math
import multiprocessing
import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

Array = NDArray[np.float64]
Image = NDArray[np.uint8]
Colour = tuple[int, int, int]  # red, green, blue, each 0..255

EVENTS = (
    "standing ready",
    "arm at forward highest",
    "arm backward stretch",
    "thigh vertical to ground",
    "arm at backward highest",
    "heel off ground",
    "toe off ground",
    "body at highest point",
    "heel touches ground",
    "hip at lowest point",
    "standing steady",
)
CLASSES: tuple[str, ...] = tuple(f"{a} → {b}" for a, b in pairwise(EVENTS))
SPLITS = ("train", "val", "test")

# One row per event, degrees. Trunk, thigh, shank and arm are absolute: 0 is vertical, positive
# swings the free end forward. Foot: positive lifts the heel, negative the toe. Elbow: flexion.
KEY_POSES = np.array(
    [  # trunk thigh shank  foot   arm elbow
        [4.0, 9.0, -9.0, 0.0, -10.0, 8.0],
        [-3.0, 4.0, -6.0, 0.0, 112.0, 14.0],
        [36.0, 54.0, -31.0, 0.0, -60.0, 6.0],
        [-2.0, 0.0, -5.0, 8.0, 166.0, 10.0],
        [58.0, 80.0, -32.0, 0.0, -82.0, 6.0],
        [44.0, 56.0, -42.0, 8.0, 62.0, 30.0],
        [24.0, -20.0, -40.0, 66.0, 150.0, 20.0],
        [22.0, 52.0, -72.0, 38.0, 118.0, 24.0],
        [44.0, 82.0, 22.0, -20.0, 66.0, 22.0],
        [54.0, 88.0, -34.0, 0.0, -30.0, 12.0],
        [3.0, 6.0, -8.0, 0.0, 8.0, 12.0],
    ]
)
TRUNK, THIGH, SHANK, FOOT, ARM, ELBOW = range(6)
TOE_OFF, HIGHEST, TOUCHDOWN = 6, 7, 8
# Seconds from each event to the next before the athlete's own tempo; the two flight intervals
# (None) follow from gravity instead.
DURATIONS = (0.70, 0.60, 0.60, 0.65, 0.26, 0.20, None, None, 0.28, 0.75)
GRAVITY = 9.81  # m/s²

# Segment lengths as shares of the stature (rounded from the usual anthropometric tables).
THIGH_LEN, SHANK_LEN, TRUNK_LEN, ARM_LEN, FOREARM_LEN = 0.245, 0.246, 0.295, 0.17, 0.155
ANKLE_UP, HEEL_BACK, BALL_AHEAD, TOE_AHEAD = 0.046, 0.036, 0.075, 0.112

SUPERSAMPLE = 2  # drawn this much larger and shrunk by area: smooth edges at 128x96
SUBFRAMES = 3  # images averaged per frame for motion blur
SHIFT = 4  # fractional bits of the fixed-point coordinates given to cv2
FRAME_COUNTS = (16, 28)  # inclusive
FRAME_RATES = (15, 30)  # inclusive, frames per second
TRIM = (0.04, 0.12)  # share of the interval left out at each end, so that borders are clear
JUMP_FPS, REST_SECONDS = 30, 1.0  # of the uncut jump
PANORAMA_X, PANORAMA_UP, PANORAMA_DOWN = 6.0, 4.0, 2.5  # metres of scenery from take-off


@dataclass(frozen=True)
class Athlete:
    """How one athlete is built, dressed and jumps."""

    stature: float  # metres
    leg_share: float  # leg length relative to the average for this stature
    arm_share: float
    girth: float  # limb thickness relative to the average
    poses: tuple[tuple[float, ...], ...]  # KEY_POSES in this athlete's style
    durations: tuple[float, ...]  # seconds between events; zero for the two of the flight
    flight_seconds: float
    distance: float  # metres from the ball of the foot at take-off to the heel at landing
    direction: int  # +1 jumps to the right, -1 to the left
    far_lag: float  # seconds by which the far arm trails the near one
    skin: Colour
    hair: Colour
    hair_style: str
    shirt: Colour
    shorts: Colour
    shoes: Colour
    sleeve: float  # share of the arm covered, 0..2 (2: down to the wrist)
    leg_cover: float  # share of the leg covered, 0..2 (2: down to the ankle)


@dataclass(frozen=True)
class Scene:
    """Where one athlete jumps."""

    wall: str
    ground: str
    wall_colour: Colour
    ground_colour: Colour
    accent: Colour
    horizon: float  # metres above the athlete's feet at which ground meets wall in the image
    light: tuple[float, float, float]  # gain of red, green and blue
    light_side: int  # +1: lit from the right
    shadow: float  # 0 (none) .. 1 (black)
    texture_seed: int


@dataclass(frozen=True)
class Shot:
    """How one clip is filmed. Nothing in it depends on the phase."""

    frames: int
    fps: int
    trim: tuple[float, float]
    height_share: float  # standing athlete's height in frame heights
    aim: tuple[float, float]  # offset of the athlete from the centre, in frame sizes
    follow: float  # share of the athlete's travel the camera pans along with
    drift: float  # metres of additional pan during the clip
    shake: float  # metres, standard deviation
    exposure: float  # share of the frame interval the shutter is open
    noise: float  # grey levels, standard deviation
    crf: int
    noise_seed: int


@dataclass(frozen=True)
class Motion:
    """One athlete's jump as functions of time: event times and pose slopes, ready to sample."""

    times: Array  # seconds, one per event
    poses: Array  # events x 6
    slopes: Array
    flight: tuple[Array, Array]  # centre of mass at toe off and at touchdown
    landing: float  # x of the heel at landing


SKINS = ((246, 214, 188), (232, 190, 158), (205, 155, 116), (160, 110, 76), (110, 72, 50))
HAIRS = ((28, 22, 20), (62, 40, 26), (110, 74, 40), (196, 160, 96), (150, 66, 36), (120, 120, 122))
HAIR_STYLES = ("short", "bun", "ponytail", "bald", "cap")
WALLS = ("bricks", "panels", "plain", "windows", "trees", "fence")
GROUNDS = ("track", "grass", "concrete", "boards")
GROUND_COLOURS: dict[str, Colour] = {
    "track": (168, 78, 58),
    "grass": (92, 132, 62),
    "concrete": (150, 148, 142),
    "boards": (190, 146, 96),
}


WHITE: Colour = (240, 240, 236)
HALF_TURN = np.linspace(-math.pi / 2, math.pi / 2, 9)[:, None]  # the rounded end of a piece

README = """\
These videos are made: a program (mienet.data.synthetic) drew every frame. No real person appears
in them, and they are not part of, nor taken from, any real data set.

clips/       one H.264 video per phase of each athlete's standing long jump
*.csv        path (relative to this folder), label, athlete; no athlete or scene is in two lists
classes.txt  the class names in temporal order
"""


def _rng(seed: int, split: str, athlete: int, *purpose: int) -> np.random.Generator:
    return np.random.default_rng([seed, SPLITS.index(split), athlete, *purpose])


def _colour(values: Iterable[float]) -> Colour:
    r, g, b = (int(min(max(v, 0), 255)) for v in values)
    return r, g, b


def _shade(colour: Colour, gain: float) -> Colour:
    return _colour(channel * gain for channel in colour)


def _any_colour(rng: np.random.Generator, low: int, high: int, vivid: float) -> Colour:
    """Draw a colour with channels in low..high; ``vivid`` 0 is grey, 1 is as drawn."""
    values = rng.uniform(low, high, 3)
    return _colour(values.mean() + vivid * (values - values.mean()))


def draw_athlete_parameters(*, athlete: int, split: str, seed: int) -> Athlete:
    """Draw the athlete with this number in this split."""
    rng = _rng(seed, split, athlete, 0)
    amplitude = np.ones(6)
    amplitude[TRUNK] = rng.uniform(0.8, 1.15)
    amplitude[[THIGH, SHANK]] = rng.uniform(0.92, 1.06)
    amplitude[ARM] = rng.uniform(0.88, 1.08)
    poses = KEY_POSES * amplitude
    wobble = rng.normal(0.0, (2.5, 2.0, 2.0, 0.0, 6.0, 4.0), poses.shape)
    poses = poses + np.clip(wobble, -8.0, 8.0)
    poses[:, ELBOW] = np.maximum(poses[:, ELBOW] * rng.uniform(0.6, 2.2), 2.0)
    tempo = rng.uniform(0.85, 1.2)
    durations = tuple(tempo * d * rng.uniform(0.85, 1.2) if d else 0.0 for d in DURATIONS)
    return Athlete(
        stature=rng.uniform(1.55, 1.92),
        leg_share=rng.uniform(0.95, 1.05),
        arm_share=rng.uniform(0.94, 1.06),
        girth=rng.uniform(0.88, 1.28),
        poses=tuple(tuple(float(v) for v in row) for row in poses),
        durations=durations,
        flight_seconds=rng.uniform(0.42, 0.52),
        distance=rng.uniform(1.5, 2.1),
        direction=int(rng.choice((-1, 1))),
        far_lag=rng.uniform(0.0, 0.04),
        skin=SKINS[rng.integers(len(SKINS))],
        hair=HAIRS[rng.integers(len(HAIRS))],
        hair_style=HAIR_STYLES[rng.integers(len(HAIR_STYLES))],
        shirt=_any_colour(rng, 20, 240, 0.9),
        shorts=_any_colour(rng, 10, 160, 0.8),
        shoes=_any_colour(rng, 30, 255, 0.9),
        sleeve=float(rng.choice((0.0, 0.6, 0.6, 2.0))),
        leg_cover=float(rng.choice((0.55, 0.8, 2.0))),
    )


def draw_scene_parameters(*, athlete: int, split: str, seed: int) -> Scene:
    """Draw the scene in which the athlete with this number in this split jumps."""
    rng = _rng(seed, split, athlete, 1)
    ground = GROUNDS[rng.integers(len(GROUNDS))]
    warmth, gain = rng.uniform(-0.07, 0.07), rng.uniform(0.78, 1.08)
    return Scene(
        wall=WALLS[rng.integers(len(WALLS))],
        ground=ground,
        wall_colour=_any_colour(rng, 90, 230, 0.35),
        ground_colour=_colour(GROUND_COLOURS[ground] + rng.uniform(-22, 22, 3)),
        accent=_any_colour(rng, 30, 220, 0.5),
        horizon=rng.uniform(0.15, 0.55),
        light=(gain * (1 + warmth), gain, gain * (1 - warmth)),
        light_side=int(rng.choice((-1, 1))),
        shadow=rng.uniform(0.2, 0.55),
        texture_seed=int(rng.integers(2**31)),
    )


def draw_shot(rng: np.random.Generator) -> Shot:
    """Draw how a clip is filmed; the phase is not an argument, so it cannot matter."""
    return Shot(
        frames=int(rng.integers(FRAME_COUNTS[0], FRAME_COUNTS[1] + 1)),
        fps=int(rng.integers(FRAME_RATES[0], FRAME_RATES[1] + 1)),
        trim=(rng.uniform(*TRIM), rng.uniform(*TRIM)),
        height_share=rng.uniform(0.64, 0.8),
        aim=(rng.uniform(-0.07, 0.07), rng.uniform(-0.06, 0.06)),
        follow=rng.uniform(0.6, 1.0),
        drift=rng.uniform(-0.4, 0.4),
        shake=rng.uniform(0.0, 0.012),
        exposure=rng.uniform(0.1, 0.8),
        noise=rng.uniform(0.0, 5.0),
        crf=int(rng.integers(16, 29)),
        noise_seed=int(rng.integers(2**31)),
    )


def _pchip_slopes(x: Array, y: Array) -> Array:
    """Slopes of the shape-preserving cubic through (x, y): no overshoot, rest at turning points."""
    step = np.diff(x)[:, None]
    rise = np.diff(y, axis=0) / step
    before, after = rise[:-1], rise[1:]
    w1, w2 = 2 * step[1:] + step[:-1], step[1:] + 2 * step[:-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (w1 + w2) / (w1 / before + w2 / after)
    slopes = np.zeros_like(y)  # zero at both ends: the athlete starts and ends at rest
    slopes[1:-1] = np.where(before * after > 0, mean, 0.0)
    return slopes


def _pose_at(motion: Motion, t: float) -> Array:
    """Joint angles in degrees at time ``t`` seconds; held before the first and after the last."""
    x = motion.times
    t = min(max(t, float(x[0])), float(x[-1]))
    i = min(int(np.searchsorted(x, t, side="right")) - 1, len(x) - 2)
    h = x[i + 1] - x[i]
    u = (t - x[i]) / h
    a, b = motion.poses[i], motion.poses[i + 1]
    pose: Array = (
        (1 + 2 * u) * (1 - u) ** 2 * a
        + u * u * (3 - 2 * u) * b
        + h * u * (1 - u) * ((1 - u) * motion.slopes[i] - u * motion.slopes[i + 1])
    )
    return pose


def _down(degrees: float, length: float) -> Array:
    """Vector of a hanging segment swung forward by ``degrees``."""
    a = math.radians(degrees)
    return np.array([length * math.sin(a), -length * math.cos(a)])


def _turn(pitch: float, x: float, y: float) -> Array:
    """A point of the foot turned about its pivot; positive pitch lifts the heel."""
    a = math.radians(pitch)
    return np.array([x * math.cos(a) + y * math.sin(a), y * math.cos(a) - x * math.sin(a)])


def _chain(who: Athlete, pose: Array, far_arm: float) -> dict[str, Array]:
    """Joints relative to the ankle, in metres, x forward and y up."""
    h = who.stature
    leg = h * who.leg_share
    knee = -_down(pose[SHANK], SHANK_LEN * leg)
    hip = knee - _down(pose[THIGH], THIGH_LEN * leg)
    neck = hip - _down(-pose[TRUNK], TRUNK_LEN * h)
    gaze = 0.45 * pose[TRUNK]  # the head keeps looking ahead while the trunk leans
    shoulder = neck + 0.12 * (hip - neck)
    arm = h * who.arm_share
    joints = {
        "ankle": np.zeros(2),
        "knee": knee,
        "hip": hip,
        "neck": neck,
        "head": neck - _down(-gaze, 0.105 * h),
        "shoulder": shoulder,
        "heel": _turn(pose[FOOT], -HEEL_BACK * h, -ANKLE_UP * h),
        "ball": _turn(pose[FOOT], BALL_AHEAD * h, -ANKLE_UP * h),
    }
    # The toes stay almost flat when the heel lifts: that is what feet do.
    joints["toe"] = joints["ball"] + _turn(
        pose[FOOT] * (0.25 if pose[FOOT] > 0 else 1.0), (TOE_AHEAD - BALL_AHEAD) * h, 0.0
    )
    for side, angle in (("near", pose[ARM]), ("far", far_arm)):
        elbow = shoulder + _down(angle, ARM_LEN * arm)
        joints[f"{side}_elbow"] = elbow
        joints[f"{side}_hand"] = elbow + _down(angle + pose[ELBOW], FOREARM_LEN * arm)
    return joints


def _mass_centre(joints: dict[str, Array]) -> Array:
    centre: Array = (
        0.27 * joints["hip"]
        + 0.38 * joints["neck"]
        + 0.07 * joints["head"]
        + 0.16 * joints["knee"]
        + 0.06 * joints["ankle"]
        + 0.06 * joints["near_elbow"]
    )
    return centre


def plan_motion(who: Athlete) -> Motion:
    """Work out the event times and the flight of an athlete's jump."""
    poses = np.array(who.poses)
    off, down = (_chain(who, poses[i], poses[i, ARM]) for i in (TOE_OFF, TOUCHDOWN))
    landing = who.distance
    start = _mass_centre(off) - off["ball"]
    end = _mass_centre(down) - down["heel"] + np.array([landing, 0.0])
    # The highest point of a throw that starts and ends at different heights.
    rise = who.flight_seconds / 2 + (end[1] - start[1]) / (GRAVITY * who.flight_seconds)
    rise = float(np.clip(rise, 0.3 * who.flight_seconds, 0.7 * who.flight_seconds))
    spans = list(who.durations)
    spans[TOE_OFF], spans[HIGHEST] = rise, who.flight_seconds - rise
    times = np.concatenate([[0.0], np.cumsum(spans)])
    return Motion(times, poses, _pchip_slopes(times, poses), (start, end), landing)


def skeleton_at(who: Athlete, motion: Motion, t: float) -> dict[str, Array]:
    """Joint positions in metres at time ``t``: x ahead of take-off, y above the ground."""
    pose = _pose_at(motion, t)
    resting = min(t, 0.0) + max(t - float(motion.times[-1]), 0.0)
    pose[TRUNK] += 1.2 * math.sin(3.0 * resting)  # nobody stands perfectly still
    far_arm = _pose_at(motion, t - who.far_lag)[ARM] + 4.0
    joints = _chain(who, pose, far_arm)
    toe_off, touchdown = motion.times[TOE_OFF], motion.times[TOUCHDOWN]
    if t <= toe_off:
        move = -joints["ball"]
    elif t >= touchdown:
        move = np.array([motion.landing, 0.0]) - joints["heel"]
    else:
        u = (t - toe_off) / (touchdown - toe_off)
        start, end = motion.flight
        path = start + u * (end - start)
        path[1] += 0.5 * GRAVITY * who.flight_seconds**2 * u * (1 - u)
        move = path - _mass_centre(joints)
    return {name: point + move for name, point in joints.items()}


def _box(image: Image, x: float, y: float, wide: float, high: float, colour: Colour) -> None:
    corners = (round(x), round(y)), (round(x + wide) - 1, round(y + high) - 1)
    cv2.rectangle(image, *corners, colour, -1)


def _draw_wall(image: Image, scene: Scene, base: int, m: float, rng: np.random.Generator) -> None:
    """Draw everything above row ``base``; ``m`` is pixels per metre."""
    width = image.shape[1]
    fade = np.linspace(rng.uniform(0.75, 1.15), rng.uniform(0.75, 1.15), base)[:, None, None]
    colour = (176, 204, 232) if scene.wall == "trees" else scene.wall_colour
    image[:base] = np.clip(np.array(colour) * fade, 0, 255)
    if scene.wall == "bricks":
        high, wide = rng.uniform(0.1, 0.25) * m, rng.uniform(0.3, 0.6) * m
        for row in range(int(base / high) + 1):
            for x in np.arange(-0.5 * (row % 2) * wide, width, wide):
                brick = _shade(scene.wall_colour, rng.uniform(0.72, 1.0))
                _box(image, x, base - (row + 1) * high, wide - 2, high - 2, brick)
    elif scene.wall == "panels":
        wide = rng.uniform(0.5, 1.4) * m
        for x in np.arange(0, width, wide):
            _box(image, x, 0, wide - 3, base, _shade(scene.wall_colour, rng.uniform(0.85, 1.05)))
        _box(image, 0, base - 1.1 * m, width, 1.1 * m, scene.accent)
    elif scene.wall == "windows":
        wide, sill = rng.uniform(0.9, 1.5) * m, rng.uniform(0.5, 1.0) * m
        for x in np.arange(0, width, wide):
            y = base - sill - 1.5 * m
            _box(image, x, y, 0.8 * wide, 1.5 * m, scene.accent)
            _box(image, x + 4, y + 4, 0.8 * wide - 8, 1.5 * m - 8, (188, 212, 230))
    elif scene.wall == "trees":
        for x in rng.uniform(0, width, 26):
            radius, top = rng.uniform(0.25, 0.55) * m, base - rng.uniform(0.9, 2.4) * m
            leaf = _shade((74, 118, 58), rng.uniform(0.6, 1.3))
            _box(image, x - 0.06 * m, top, 0.12 * m, base - top, (84, 62, 44))
            for dx, dy in rng.normal(0, 0.6 * radius, (5, 2)):
                cv2.circle(image, (int(x + dx), int(top + dy)), int(radius), leaf, -1)
        _box(image, 0, base - 0.4 * m, width, 0.4 * m, (66, 96, 52))
    elif scene.wall == "fence":
        gap = rng.uniform(0.18, 0.4) * m
        for x in np.arange(0, width, gap):
            _box(image, x, base - 1.3 * m, 0.35 * gap, 1.3 * m, scene.accent)
        for up in (0.3, 1.1):
            _box(image, 0, base - up * m, width, 0.08 * m, scene.accent)


def _draw_ground(image: Image, scene: Scene, base: int, m: float, rng: np.random.Generator) -> None:
    """Draw everything below row ``base``; lines lie closer together further away."""
    height, width = image.shape[:2]
    image[base:] = scene.ground_colour
    rows = base + (height - base) * np.linspace(0, 1, 9) ** 1.6
    if scene.ground == "track":
        for y in rows[1::2]:
            _box(image, 0, y, width, 0.035 * m, (232, 228, 222))
    elif scene.ground == "boards":
        for y, below in pairwise(rows):
            for x in np.arange(-rng.uniform(0, 1.5) * m, width, 1.5 * m):
                plank = _shade(scene.ground_colour, rng.uniform(0.88, 1.06))
                _box(image, x, y + 1, 1.5 * m - 2, below - y - 1, plank)
    elif scene.ground == "concrete":
        for y in rows[2::3]:
            _box(image, 0, y, width, 2, _shade(scene.ground_colour, 0.75))
    else:
        for x, y in rng.uniform((0, base), (width, height), (900, 2)):
            blade = _shade(scene.ground_colour, rng.uniform(0.75, 1.2))
            _box(image, x, y, 2, 0.06 * m, blade)
    _box(image, 0, base - 2, width, 4, _shade(scene.ground_colour, 0.55))


@lru_cache(maxsize=2)  # the ten clips of an athlete share one
def _panorama(scene: Scene, m: float) -> Image:
    """The whole scenery at ``m`` pixels per metre, from which the camera cuts its view."""
    rng = np.random.default_rng(scene.texture_seed)
    width, height = int(2 * PANORAMA_X * m), int((PANORAMA_UP + PANORAMA_DOWN) * m)
    base = int((PANORAMA_UP - scene.horizon) * m)
    image: Image = np.zeros((height, width, 3), np.uint8)
    _draw_wall(image, scene, base, m, rng)
    _draw_ground(image, scene, base, m, rng)
    stain = np.zeros((height, width), np.float32)
    for grain, depth in ((3, 4.0), (40, 5.0)):  # pixels, grey levels: fine speckle, wide stains
        small = rng.normal(0, depth, (height // grain + 2, width // grain + 2)).astype(np.float32)
        stain += cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    # The wall is pale and out of focus, as it is behind an athlete on whom the camera focuses.
    wall = image[:base]
    mean = wall.mean(axis=(0, 1))
    wall[:] = cv2.GaussianBlur(mean + 0.6 * (wall - mean), (0, 0), 0.02 * m).astype(np.uint8)
    panorama: Image = np.clip(image + stain[..., None], 0, 255).astype(np.uint8)
    return panorama


@dataclass(frozen=True)
class Lens:
    """Where the camera looks; ``direction`` -1 mirrors the jump so that it goes to the left."""

    centre: tuple[float, float]  # metres
    scale: float  # pixels per metre
    size: tuple[int, int]  # pixels
    direction: int

    def project(self, points: Array) -> Array:
        """Pixel positions of points (... x 2) in the athlete's plane."""
        zoom = np.array([self.direction * self.scale, -self.scale])
        pixels: Array = (points - np.array(self.centre)) * zoom + np.array(self.size) / 2
        return pixels


# A rounded, tapered piece of the body: both ends (metres), both radii (statures), colour.
Piece = tuple[Array, Array, float, float, Colour]


def _unit(vector: Array) -> Array:
    return vector / max(math.hypot(vector[0], vector[1]), 1e-9)


def _limb(
    joints: list[Array], radii: list[float], skin: Colour, cloth: Colour, cover: float
) -> list[Piece]:
    """Two segments, the lower one first, with cloth over the first ``cover`` of them."""
    pieces: list[Piece] = []
    for i in (1, 0):
        a, b, ra, rb = joints[i], joints[i + 1], radii[i], radii[i + 1]
        share = min(max(cover - i, 0.0), 1.0)
        pieces.append((a, b, ra, rb, skin))
        if share > 0:
            pieces.append(
                (a, a + share * (b - a), 1.12 * ra, 1.15 * (ra + share * (rb - ra)), cloth)
            )
    return pieces


def _leg(who: Athlete, p: dict[str, Array]) -> list[Piece]:
    radii = [r * who.girth for r in (0.052, 0.036, 0.021)]
    up = 0.4 * (p["ankle"] - (p["heel"] + p["ball"]) / 2)
    heel, ball, toe = p["heel"] + up, p["ball"] + 0.7 * up, p["toe"] + 0.4 * up
    return [
        *_limb([p["hip"], p["knee"], p["ankle"]], radii, who.skin, who.shorts, who.leg_cover),
        (p["heel"], p["ball"], 0.012, 0.012, WHITE),
        (p["ball"], p["toe"], 0.012, 0.010, WHITE),
        (ball, toe, 0.017, 0.010, who.shoes),
        (heel, ball, 0.021, 0.017, who.shoes),
        (heel, p["ankle"], 0.022, 0.022, who.shoes),
    ]


def _arm(who: Athlete, p: dict[str, Array], side: str) -> list[Piece]:
    radii = [r * who.girth for r in (0.032, 0.025, 0.017)]
    elbow, hand = p[f"{side}_elbow"], p[f"{side}_hand"]
    tips = hand + 0.035 * who.stature * _unit(hand - elbow)
    joints = [p["shoulder"], elbow, hand]
    return [
        (hand, tips, 0.019, 0.015, who.skin),
        *_limb(joints, radii, who.skin, who.shirt, who.sleeve),
    ]


def _trunk(who: Athlete, p: dict[str, Array]) -> list[Piece]:
    hip, spine, g = p["hip"], p["neck"] - p["hip"], who.girth
    shirt = _shade(who.shirt, 0.86)  # darker than the sleeve, or the near arm would vanish
    return [
        (hip, hip + 0.35 * spine, 0.066 * g, 0.058 * g, who.shorts),
        (p["neck"], hip + 0.72 * spine, 0.040 * g, 0.068 * g, shirt),
        (hip + 0.2 * spine, hip + 0.72 * spine, 0.060 * g, 0.070 * g, shirt),
    ]


def _head(who: Athlete, p: dict[str, Array]) -> list[Piece]:
    r = 0.058  # radius of the head in statures
    up = _unit(p["head"] - p["neck"]) * r * who.stature
    front = np.array([up[1], -up[0]])

    def at(ahead: float, above: float) -> Array:
        spot: Array = p["head"] + ahead * front + above * up
        return spot

    pieces: list[Piece] = [(p["neck"], p["head"], 0.030 * who.girth, 0.028, _shade(who.skin, 0.85))]
    if who.hair_style == "ponytail":
        pieces.append((at(-1.0, 0.2), at(-1.9, -1.4), 0.4 * r, 0.2 * r, who.hair))
    if who.hair_style == "bun":
        pieces.append((at(-1.0, 0.75), at(-0.9, 0.75), 0.45 * r, 0.45 * r, who.hair))
    if who.hair_style != "bald":
        pieces.append((at(-0.2, 0.22), at(-0.2, -0.03), 1.08 * r, 0.95 * r, who.hair))
    pieces += [
        (at(0.14, 0.08), at(0.14, -0.47), 0.86 * r, 0.66 * r, who.skin),
        (at(0.9, -0.22), at(0.96, -0.22), 0.16 * r, 0.16 * r, who.skin),
        (at(0.6, 0.0), at(0.64, 0.0), 0.1 * r, 0.1 * r, (30, 26, 26)),
    ]
    if who.hair_style == "cap":
        pieces.append((at(-0.5, 0.42), at(0.45, 0.42), 0.72 * r, 0.62 * r, who.shorts))
        pieces.append((at(0.5, 0.42), at(1.35, 0.42), 0.16 * r, 0.12 * r, who.shorts))
    elif who.hair_style != "bald":
        pieces.append((at(-0.55, 0.62), at(0.5, 0.62), 0.55 * r, 0.36 * r, who.hair))
    return pieces


def _outlines(ends: Array, radii: Array) -> NDArray[np.int32]:
    """Fixed-point outlines of pieces: ends (pieces x 2 x 2) and radii (pieces x 2) in pixels."""
    along = ends[:, 1] - ends[:, 0]
    along = along / np.maximum(np.hypot(along[:, :1], along[:, 1:]), 1e-9)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    tip = np.cos(HALF_TURN) * along[:, None] + np.sin(HALF_TURN) * across[:, None]
    (a, b), (ra, rb) = ends[:, :, None].swapaxes(0, 1), radii.T[:, :, None, None]
    outline = np.concatenate([b + rb * tip, a - ra * tip], axis=1)
    fixed: NDArray[np.int32] = np.round(outline * 2**SHIFT).astype(np.int32)
    return fixed


def _draw_athlete(
    image: Image, who: Athlete, scene: Scene, p: dict[str, Array], lens: Lens
) -> None:
    """Draw the body from its far side to its near one."""
    # The camera looks slightly down, so the far side is seen a little higher in the image.
    far = {name: point + np.array([0.012, 0.016]) * who.stature for name, point in p.items()}
    far_side = _arm(who, far, "far") + _leg(who, far)
    near_side = _leg(who, p) + _trunk(who, p) + _head(who, p) + _arm(who, p, "near")
    pieces = far_side + near_side
    ends = lens.project(np.array([(a, b) for a, b, *_ in pieces]))
    radii = np.array([(ra, rb) for _, _, ra, rb, _ in pieces]) * who.stature * lens.scale
    # A darker rim on the side away from the light makes the pieces look round.
    rims = _outlines(ends, radii)
    light = np.array([0.16 * scene.light_side, -0.16])
    cores = _outlines(ends + radii[..., None] * light, 0.78 * radii)
    for i, (rim, core, piece) in enumerate(zip(rims, cores, pieces, strict=True)):
        tone = 0.66 if i < len(far_side) else 1.0
        cv2.fillPoly(image, [rim], _shade(piece[-1], 0.74 * tone), cv2.LINE_AA, SHIFT)
        cv2.fillPoly(image, [core], _shade(piece[-1], tone), cv2.LINE_AA, SHIFT)


def _draw_shadow(image: Image, scene: Scene, joints: dict[str, Array], lens: Lens) -> None:
    """Darken the ground under the athlete; the higher the feet, the paler the shadow."""
    spots = [float(joints[name][0]) for name in ("ankle", "toe", "hip", "neck", "near_hand")]
    lift = max(float(min(joints["heel"][1], joints["ball"][1])), 0.0)
    x, y = lens.project(np.array([sum(spots) / len(spots), -0.02]))
    x -= 0.18 * scene.light_side * lens.scale
    axes = (0.5 * (max(spots) - min(spots)) + 0.22) * lens.scale, 0.09 * lens.scale
    mask = np.zeros(image.shape[:2], np.uint8)
    (cx, cy), (wide, high) = (
        (round(float(u) * 2**SHIFT), round(float(v) * 2**SHIFT)) for u, v in ((x, y), axes)
    )
    cv2.ellipse(mask, (cx, cy), (wide, high), 0, 0, 360, 255, -1, cv2.LINE_AA, SHIFT)
    rows = slice(max(int(y - axes[1]) - 2, 0), max(int(y + axes[1]) + 3, 0))
    dark = mask[rows, :, None] * (scene.shadow / (1 + 2.0 * lift) / 255)
    image[rows] = (image[rows] * (1 - dark)).astype(np.uint8)


def _draw_instant(who: Athlete, scene: Scene, joints: dict[str, Array], lens: Lens) -> Image:
    """Draw one infinitely short exposure."""
    m = lens.size[1] / 2.5  # pixels per metre of the scenery: as sharp as in a usual shot
    zoom = m / lens.scale
    left = (lens.direction * lens.centre[0] + PANORAMA_X) * m - zoom * lens.size[0] / 2
    top = (PANORAMA_UP - lens.centre[1]) * m - zoom * lens.size[1] / 2
    cut = np.array([[zoom, 0.0, left], [0.0, zoom, top]])
    image: Image = np.zeros((lens.size[1], lens.size[0], 3), np.uint8)
    cv2.warpAffine(
        _panorama(scene, m),
        cut,
        lens.size,
        image,
        cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        cv2.BORDER_REFLECT,
    )
    _draw_shadow(image, scene, joints, lens)
    _draw_athlete(image, who, scene, joints, lens)
    return image


def _box_centre(joints: dict[str, Array]) -> Array:
    points = np.stack(list(joints.values()))
    centre: Array = (points.min(axis=0) + points.max(axis=0)) / 2
    return centre


def _aim_camera(who: Athlete, motion: Motion, times: Array, shot: Shot) -> Array:
    """Points in metres at which the camera looks, one per frame.

    The mean centre of the athlete's bounding box is kept at the shot's random place in the image,
    so that neither the place nor the height in the image tells the phase.
    """
    span = float(times[-1] - times[0])
    lazy = min(0.25 * span, 0.3)  # seconds: the operator's pan is smoother than the athlete
    boxes = np.stack([_box_centre(skeleton_at(who, motion, t)) for t in times])
    around = times[:, None] + np.linspace(-lazy, lazy, 5)
    track = np.array([[_box_centre(skeleton_at(who, motion, t))[0] for t in row] for row in around])
    pan = track.mean(axis=1)
    aims = np.tile(boxes.mean(axis=0), (len(times), 1))
    aims[:, 0] += shot.follow * (pan - pan.mean()) + shot.drift * np.linspace(-0.5, 0.5, len(times))
    jolts = np.random.default_rng(shot.noise_seed).normal(0, 2 * shot.shake, aims.shape)
    return aims + cv2.GaussianBlur(jolts, (1, 7), 1.5)


def _film(
    who: Athlete, scene: Scene, times: Array, shot: Shot, size: tuple[int, int]
) -> Iterable[Image]:
    """Draw the frames at ``times`` seconds of the jump."""
    motion = plan_motion(who)
    rng = np.random.default_rng([shot.noise_seed, 1])
    big = (size[0] * SUPERSAMPLE, size[1] * SUPERSAMPLE)
    scale = shot.height_share * big[1] / who.stature
    aims = _aim_camera(who, motion, times, shot)
    aims = aims + np.array(shot.aim) * np.array(big) / scale
    aims = np.concatenate([aims, aims[-1:]])
    step = float(times[1] - times[0])
    for i, t in enumerate(times):
        total = np.zeros((big[1], big[0], 3), np.float32)
        for part in np.linspace(0, shot.exposure, SUBFRAMES):
            x, y = aims[i] + part * (aims[i + 1] - aims[i])
            lens = Lens((float(x), float(y)), scale, big, who.direction)
            joints = skeleton_at(who, motion, float(t + part * step))
            total += _draw_instant(who, scene, joints, lens)
        frame = cv2.resize(total / SUBFRAMES, size, interpolation=cv2.INTER_AREA)
        frame = frame * np.array(scene.light) + rng.normal(0, shot.noise, frame.shape)
        yield np.clip(np.round(frame), 0, 255).astype(np.uint8)


def _encode(
    path: Path, frames: Iterable[Image], *, size: tuple[int, int], fps: int, crf: int
) -> None:
    """Write an H.264 mp4, whose name appears only once the file is whole."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    # With more threads, and at sizes below about 128x96 with its macroblock tree, x264 does not
    # write the same bytes every time.
    options = {"crf": str(crf), "preset": "veryfast", "threads": "1", "x264-params": "mbtree=0"}
    try:
        with av.open(str(part), "w", format="mp4") as container:
            stream = container.add_stream("libx264", rate=fps, options=options)
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            for image in frames:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
            container.mux(stream.encode())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _check(*, athlete: int, split: str, size: tuple[int, int], seed: int) -> None:
    if split not in SPLITS:
        raise ValueError(f"split was {split!r}; accepted are {', '.join(SPLITS)}")
    if athlete < 0:
        raise ValueError(f"athlete was {athlete}; accepted are whole numbers from 0")
    if seed < 0:
        raise ValueError(f"seed was {seed}; accepted are whole numbers from 0")
    if len(size) != 2 or any(side < 32 or side % 2 for side in size):
        raise ValueError(
            f"size was {size}; accepted are (width, height) in pixels, both even and at least 32"
        )


def make_clip(
    path: Path,
    *,
    phase: int,
    athlete: int,
    split: str,
    size: tuple[int, int] = (128, 96),
    seed: int = 0,
) -> None:
    """Write the clip of one phase of one athlete's jump.

    The clip is resampled in time: 16..28 frames at 15..30 frames per second, drawn independently
    of the phase, cover the interval except a random 4..12 % at each end.

    Args:
        path: The mp4 file to write, in an existing folder.
        phase: Position in `CLASSES`, 0..9.
        athlete: Number of the athlete within the split, from 0. It stands for the scene too.
        split: "train", "val" or "test"; each has athletes and scenes of its own.
        size: Width and height in pixels, even, at least 32.
        seed: From 0. The same arguments give the same file.

    Raises:
        ValueError: An argument is out of its range.
    """
    if not 0 <= phase < len(CLASSES):
        raise ValueError(f"phase was {phase}; accepted are 0..{len(CLASSES) - 1}")
    _check(athlete=athlete, split=split, size=size, seed=seed)
    who = draw_athlete_parameters(athlete=athlete, split=split, seed=seed)
    scene = draw_scene_parameters(athlete=athlete, split=split, seed=seed)
    shot = draw_shot(_rng(seed, split, athlete, 2, phase))
    begin, end = plan_motion(who).times[phase : phase + 2]
    cut = np.array(shot.trim) * (end - begin)
    times = np.linspace(begin + cut[0], end - cut[1], shot.frames)
    _encode(path, _film(who, scene, times, shot, size), size=size, fps=shot.fps, crf=shot.crf)


def render_jump(
    path: Path,
    *,
    athlete: int,
    split: str = "test",
    size: tuple[int, int] = (128, 96),
    seed: int = 0,
) -> list[tuple[float, float, str]]:
    """Write one whole uncut jump at 30 frames per second, with a second's rest at both ends.

    Args:
        path: The mp4 file to write, in an existing folder.
        athlete: Number of the athlete within the split, from 0.
        split: "train", "val" or "test".
        size: Width and height in pixels, even, at least 32.
        seed: From 0. The same arguments give the same file.

    Returns:
        Start and end in seconds of the video, and class name, of each of the ten intervals.

    Raises:
        ValueError: An argument is out of its range.
    """
    _check(athlete=athlete, split=split, size=size, seed=seed)
    who = draw_athlete_parameters(athlete=athlete, split=split, seed=seed)
    scene = draw_scene_parameters(athlete=athlete, split=split, seed=seed)
    shot = draw_shot(_rng(seed, split, athlete, 3))
    events = plan_motion(who).times
    times = np.arange(-REST_SECONDS, events[-1] + REST_SECONDS, 1 / JUMP_FPS)
    _encode(path, _film(who, scene, times, shot, size), size=size, fps=JUMP_FPS, crf=shot.crf)
    marks = [float(event) + REST_SECONDS for event in events]
    return list(zip(marks, marks[1:], CLASSES, strict=False))


Task = tuple[Path, int, int, str, tuple[int, int], int]


def _run_task(task: Task) -> None:
    path, phase, athlete, split, size, seed = task
    make_clip(path, phase=phase, athlete=athlete, split=split, size=size, seed=seed)


def _run_tasks(tasks: list[Task], *, jobs: int, progress: bool) -> None:
    with tqdm(total=len(tasks), desc="clips", unit="clip", disable=not progress) as bar:
        if jobs == 1:
            for task in tasks:
                _run_task(task)
                bar.update()
            return
        spawn = multiprocessing.get_context("spawn")  # forking is unsafe once torch has threads
        # One OpenCV thread per worker: the workers already fill the cores.
        with ProcessPoolExecutor(
            jobs, mp_context=spawn, initializer=cv2.setNumThreads, initargs=(1,)
        ) as pool:
            # A chunk is one athlete, whose clips share the scenery that a worker keeps.
            for _ in pool.map(_run_task, tasks, chunksize=len(CLASSES)):
                bar.update()


def make_dataset(
    root: Path,
    *,
    athletes: tuple[int, int, int] = (36, 6, 12),
    size: tuple[int, int] = (128, 96),
    seed: int = 0,
    jobs: int = 2,
    progress: bool = True,
) -> None:
    """Write a whole data set: ten clips per athlete, three lists, the class names and a note.

    A script that calls this with ``jobs`` above 1 needs ``if __name__ == "__main__":``, because
    the worker processes import it.

    Args:
        root: The folder to fill; made if missing. Files of the same name are replaced.
        athletes: How many athletes train.csv, val.csv and test.csv get, each at least 1.
        size: Width and height in pixels, even, at least 32.
        seed: From 0. The same arguments give the same files.
        jobs: Worker processes, at least 1; 1 works in this process.
        progress: Whether to show a progress bar.

    Raises:
        ValueError: An argument is out of its range.
    """
    if len(athletes) != len(SPLITS) or min(athletes) < 1:
        raise ValueError(f"athletes was {athletes}; accepted are three whole numbers from 1")
    if jobs < 1:
        raise ValueError(f"jobs was {jobs}; accepted are whole numbers from 1")
    _check(athlete=0, split=SPLITS[0], size=size, seed=seed)
    (root / "clips").mkdir(parents=True, exist_ok=True)
    tasks: list[Task] = []
    for split, count in zip(SPLITS, athletes, strict=True):
        rows = [("path", "label", "athlete")]
        for athlete in range(count):
            for phase, label in enumerate(CLASSES):
                name = f"clips/{split}_athlete_{athlete:03d}_phase_{phase:02d}.mp4"
                rows.append((name, label, f"{split}_{athlete:03d}"))
                tasks.append((root / name, phase, athlete, split, size, seed))
        with (root / f"{split}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    (root / "classes.txt").write_text("\n".join(CLASSES) + "\n", encoding="utf-8")
    (root / "README.txt").write_text(README, encoding="utf-8")
    _run_tasks(tasks, jobs=jobs, progress=progress)
