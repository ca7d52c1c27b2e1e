"""The synthetic athlete: build, looks, and the joints of a standing long jump at any time.

Positions are in meters in the plane of the jump, x ahead and y up; angles are in degrees.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Color = tuple[int, int, int]  # red, green, blue, each 0..255

SPLITS = ("train", "val", "test")

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
CLASSES = tuple(f"{a} → {b}" for a, b in pairwise(EVENTS))
"""The ten intervals between them."""

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


@dataclass(frozen=True)
class Athlete:
    """How one athlete is built, dressed and jumps."""

    stature: float  # meters
    leg_share: float  # leg length relative to the average for this stature
    arm_share: float
    girth: float  # limb thickness relative to the average
    poses: tuple[tuple[float, ...], ...]  # KEY_POSES in this athlete's style
    durations: tuple[float, ...]  # seconds between events; zero for the two of the flight
    flight_seconds: float
    distance: float  # meters from the ball of the foot at take-off to the heel at landing
    direction: int  # +1 jumps to the right, -1 to the left
    far_lag: float  # seconds by which the far arm trails the near one
    skin: Color
    hair: Color
    hair_style: str
    shirt: Color
    shorts: Color
    shoes: Color
    sleeve: float  # share of the arm covered, 0..2 (2: down to the wrist)
    leg_cover: float  # share of the leg covered, 0..2 (2: down to the ankle)


@dataclass(frozen=True)
class Motion:
    """One athlete's jump as functions of time: event times and pose slopes, ready to sample."""

    times: Array  # seconds, one per event
    poses: Array  # events x 6
    slopes: Array
    flight: tuple[Array, Array]  # center of mass at toe off and at touchdown
    landing: float  # x of the heel at landing


SKINS = ((246, 214, 188), (232, 190, 158), (205, 155, 116), (160, 110, 76), (110, 72, 50))
HAIRS = ((28, 22, 20), (62, 40, 26), (110, 74, 40), (196, 160, 96), (150, 66, 36), (120, 120, 122))
HAIR_STYLES = ("short", "bun", "ponytail", "bald", "cap")


def generator_for(seed: int, split: str, athlete: int, *purpose: int) -> np.random.Generator:
    """Returns the generator of one purpose; no two splits, athletes or purposes share one."""
    return np.random.default_rng([seed, SPLITS.index(split), athlete, *purpose])


def clipped_color(values: Iterable[float]) -> Color:
    """Returns three channels as whole numbers in 0..255."""
    r, g, b = (int(min(max(v, 0), 255)) for v in values)
    return r, g, b


@lru_cache(maxsize=1024)  # an athlete has a few colors, asked for in every frame
def shade(color: Color, gain: float) -> Color:
    """Returns a color made darker (``gain`` below 1) or brighter."""
    return clipped_color(channel * gain for channel in color)


def random_color(rng: np.random.Generator, low: int, high: int, vivid: float) -> Color:
    """Draw a color with channels in low..high; ``vivid`` 0 is gray, 1 is as drawn."""
    values = rng.uniform(low, high, 3)
    return clipped_color(values.mean() + vivid * (values - values.mean()))


def draw_athlete_parameters(*, athlete: int, split: str, seed: int) -> Athlete:
    """Draw the athlete with this number in this split."""
    rng = generator_for(seed, split, athlete, 0)
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
        shirt=random_color(rng, 20, 240, 0.9),
        shorts=random_color(rng, 10, 160, 0.8),
        shoes=random_color(rng, 30, 255, 0.9),
        sleeve=float(rng.choice((0.0, 0.6, 0.6, 2.0))),
        leg_cover=float(rng.choice((0.55, 0.8, 2.0))),
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
    """Joints relative to the ankle, in meters, x forward and y up."""
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


def _mass_center(joints: dict[str, Array]) -> Array:
    center: Array = (
        0.27 * joints["hip"]
        + 0.38 * joints["neck"]
        + 0.07 * joints["head"]
        + 0.16 * joints["knee"]
        + 0.06 * joints["ankle"]
        + 0.06 * joints["near_elbow"]
    )
    return center


def plan_motion(who: Athlete) -> Motion:
    """Work out the event times and the flight of an athlete's jump."""
    poses = np.array(who.poses)
    off, down = (_chain(who, poses[i], poses[i, ARM]) for i in (TOE_OFF, TOUCHDOWN))
    landing = who.distance
    start = _mass_center(off) - off["ball"]
    end = _mass_center(down) - down["heel"] + np.array([landing, 0.0])
    # The highest point of a throw that starts and ends at different heights.
    rise = who.flight_seconds / 2 + (end[1] - start[1]) / (GRAVITY * who.flight_seconds)
    rise = float(np.clip(rise, 0.3 * who.flight_seconds, 0.7 * who.flight_seconds))
    spans = list(who.durations)
    spans[TOE_OFF], spans[HIGHEST] = rise, who.flight_seconds - rise
    times = np.concatenate([[0.0], np.cumsum(spans)])
    return Motion(times, poses, _pchip_slopes(times, poses), (start, end), landing)


def skeleton_at(who: Athlete, motion: Motion, t: float) -> dict[str, Array]:
    """Joint positions in meters at time ``t``: x ahead of take-off, y above the ground."""
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
        move = path - _mass_center(joints)
    return {name: point + move for name, point in joints.items()}
