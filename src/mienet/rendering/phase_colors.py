"""Colors of phases on pages, alike in reports on recordings and on models."""

PHASE_COLORS = (
    *("#4e79a7", "#f28e2b", "#59a14f", "#b07aa1", "#76b7b2"),
    *("#edc948", "#ff9da7", "#9c755f", "#555555", "#a0cbe8"),
    *("#d37295", "#8cd17d", "#b6992d", "#499894", "#86bcb6"),
    *("#e15759", "#fabfd2", "#79706e", "#d4a6c8", "#d7b5a6"),
)
BACKGROUND_COLOR = "#88888833"
