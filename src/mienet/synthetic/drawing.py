"""Draws one instant of a synthetic jump: scenery, shadow and athlete, as a camera sees them.

Part of the synthetic videos; see ``videos.py``.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from mienet.synthetic.athlete import (
    Array,
    Athlete,
    Color,
    clipped_color,
    generator_for,
    random_color,
    shade,
)

Image = NDArray[np.uint8]

SHIFT = 4  # fractional bits of the fixed-point coordinates given to cv2
PANORAMA_X, PANORAMA_UP, PANORAMA_DOWN = 6.0, 4.0, 2.5  # meters of scenery from take-off

WALLS = ("bricks", "panels", "plain", "windows", "trees", "fence")
GROUNDS = ("track", "grass", "concrete", "boards")
GROUND_COLORS: dict[str, Color] = {
    "track": (168, 78, 58),
    "grass": (92, 132, 62),
    "concrete": (150, 148, 142),
    "boards": (190, 146, 96),
}

WHITE: Color = (240, 240, 236)
HALF_TURN = np.linspace(-math.pi / 2, math.pi / 2, 9)[:, None]  # the rounded end of a piece


@dataclass(frozen=True)
class Scene:
    """Where one athlete jumps."""

    wall: str
    ground: str
    wall_color: Color
    ground_color: Color
    accent: Color
    horizon: float  # meters above the athlete's feet at which ground meets wall in the image
    light: tuple[float, float, float]  # gain of red, green and blue
    light_side: int  # +1: lit from the right
    shadow: float  # 0 (none) .. 1 (black)
    texture_seed: int


def draw_scene_parameters(*, athlete: int, split: str, seed: int) -> Scene:
    """Draw the scene in which the athlete with this number in this split jumps."""
    rng = generator_for(seed, split, athlete, 1)
    ground = GROUNDS[rng.integers(len(GROUNDS))]
    warmth, gain = rng.uniform(-0.07, 0.07), rng.uniform(0.78, 1.08)
    return Scene(
        wall=WALLS[rng.integers(len(WALLS))],
        ground=ground,
        wall_color=random_color(rng, 90, 230, 0.35),
        ground_color=clipped_color(GROUND_COLORS[ground] + rng.uniform(-22, 22, 3)),
        accent=random_color(rng, 30, 220, 0.5),
        horizon=rng.uniform(0.15, 0.55),
        light=(gain * (1 + warmth), gain, gain * (1 - warmth)),
        light_side=int(rng.choice((-1, 1))),
        shadow=rng.uniform(0.2, 0.55),
        texture_seed=int(rng.integers(2**31)),
    )


def _box(image: Image, x: float, y: float, wide: float, high: float, color: Color) -> None:
    corners = (round(x), round(y)), (round(x + wide) - 1, round(y + high) - 1)
    cv2.rectangle(image, *corners, color, -1)


def _draw_wall(image: Image, scene: Scene, base: int, m: float, rng: np.random.Generator) -> None:
    """Draw everything above row ``base``; ``m`` is pixels per meter."""
    width = image.shape[1]
    fade = np.linspace(rng.uniform(0.75, 1.15), rng.uniform(0.75, 1.15), base)[:, None, None]
    color = (176, 204, 232) if scene.wall == "trees" else scene.wall_color
    image[:base] = np.clip(np.array(color) * fade, 0, 255)
    if scene.wall == "bricks":
        high, wide = rng.uniform(0.1, 0.25) * m, rng.uniform(0.3, 0.6) * m
        for row in range(int(base / high) + 1):
            for x in np.arange(-0.5 * (row % 2) * wide, width, wide):
                brick = shade(scene.wall_color, rng.uniform(0.72, 1.0))
                _box(image, x, base - (row + 1) * high, wide - 2, high - 2, brick)
    elif scene.wall == "panels":
        wide = rng.uniform(0.5, 1.4) * m
        for x in np.arange(0, width, wide):
            _box(image, x, 0, wide - 3, base, shade(scene.wall_color, rng.uniform(0.85, 1.05)))
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
            leaf = shade((74, 118, 58), rng.uniform(0.6, 1.3))
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
    image[base:] = scene.ground_color
    rows = base + (height - base) * np.linspace(0, 1, 9) ** 1.6
    if scene.ground == "track":
        for y in rows[1::2]:
            _box(image, 0, y, width, 0.035 * m, (232, 228, 222))
    elif scene.ground == "boards":
        for y, below in pairwise(rows):
            for x in np.arange(-rng.uniform(0, 1.5) * m, width, 1.5 * m):
                plank = shade(scene.ground_color, rng.uniform(0.88, 1.06))
                _box(image, x, y + 1, 1.5 * m - 2, below - y - 1, plank)
    elif scene.ground == "concrete":
        for y in rows[2::3]:
            _box(image, 0, y, width, 2, shade(scene.ground_color, 0.75))
    else:
        for x, y in rng.uniform((0, base), (width, height), (900, 2)):
            blade = shade(scene.ground_color, rng.uniform(0.75, 1.2))
            _box(image, x, y, 2, 0.06 * m, blade)
    _box(image, 0, base - 2, width, 4, shade(scene.ground_color, 0.55))


@lru_cache(maxsize=2)  # the ten clips of an athlete share one
def _panorama(scene: Scene, m: float) -> Image:
    """The whole scenery at ``m`` pixels per meter, from which the camera cuts its view."""
    rng = np.random.default_rng(scene.texture_seed)
    width, height = int(2 * PANORAMA_X * m), int((PANORAMA_UP + PANORAMA_DOWN) * m)
    base = int((PANORAMA_UP - scene.horizon) * m)
    image: Image = np.zeros((height, width, 3), np.uint8)
    _draw_wall(image, scene, base, m, rng)
    _draw_ground(image, scene, base, m, rng)
    stain = np.zeros((height, width), np.float32)
    for grain, depth in ((3, 4.0), (40, 5.0)):  # pixels, gray levels: fine speckle, wide stains
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

    center: tuple[float, float]  # meters
    scale: float  # pixels per meter
    size: tuple[int, int]  # pixels
    direction: int

    def project(self, points: Array) -> Array:
        """Pixel positions of points (... x 2) in the athlete's plane."""
        zoom = np.array([self.direction * self.scale, -self.scale])
        pixels: Array = (points - np.array(self.center)) * zoom + np.array(self.size) / 2
        return pixels


# A rounded, tapered piece of the body: both ends (meters), both radii (statures), color.
Piece = tuple[Array, Array, float, float, Color]


def _unit(vector: Array) -> Array:
    return vector / max(math.hypot(vector[0], vector[1]), 1e-9)


def _limb(
    joints: list[Array], radii: list[float], skin: Color, cloth: Color, cover: float
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
    shirt = shade(who.shirt, 0.86)  # darker than the sleeve, or the near arm would vanish
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

    pieces: list[Piece] = [(p["neck"], p["head"], 0.030 * who.girth, 0.028, shade(who.skin, 0.85))]
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
        cv2.fillPoly(image, [rim], shade(piece[-1], 0.74 * tone), cv2.LINE_AA, SHIFT)
        cv2.fillPoly(image, [core], shade(piece[-1], tone), cv2.LINE_AA, SHIFT)


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


def draw_instant(who: Athlete, scene: Scene, joints: dict[str, Array], lens: Lens) -> Image:
    """Draw one infinitely short exposure."""
    m = lens.size[1] / 2.5  # pixels per meter of the scenery: as sharp as in a usual shot
    zoom = m / lens.scale
    left = (lens.direction * lens.center[0] + PANORAMA_X) * m - zoom * lens.size[0] / 2
    top = (PANORAMA_UP - lens.center[1]) * m - zoom * lens.size[1] / 2
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
