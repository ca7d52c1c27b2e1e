"""Exported models in int8: which convolutions, and the ranges of their inputs from real clips."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mienet.engines.engine import CalibrationInputs
from mienet.models.motion import BLOCK, PersistenceOfAppearance

_NO_LAYERS = ("Constant", "Parameter", "Result")  # of OpenVINO's operations


def quantize_onnx(path: Path, input_name: str, calibration: CalibrationInputs) -> None:
    """Replaces the model at ``path`` by one with its image convolutions in int8."""
    import onnx
    from onnxruntime.quantization import CalibrationDataReader, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.inputs = iter(calibration)

        def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
            one = next(self.inputs, None)
            return None if one is None else {input_name: one.numpy()}

    prepared = path.with_suffix(".prepared")
    quant_pre_process(path, prepared, skip_symbolic_shape=True)
    graph = onnx.load(prepared, load_external_data=False).graph
    shapes = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    weights = {node.name: shapes[node.input[1]] for node in graph.node if node.op_type == "Conv"}
    quantize_static(
        prepared,
        path,
        Reader(),
        per_channel=True,
        op_types_to_quantize=["Conv", "MaxPool"],
        nodes_to_exclude=[name for name, shape in weights.items() if _stays_in_float(shape)],
    )
    prepared.unlink()


def quantize_openvino(model: Any, calibration: CalibrationInputs) -> Any:
    """Returns the model with its image convolutions in int8.

    In float stay the motion maps, the fusion, the temporal module, the head of networks for
    recordings and the classifier. NNCF's
    defaults differ: they quantize these too, correct biases, and clip no outliers; on two trained
    models that changed a probability by up to 0.22, these by up to 0.02 (docs/performance.md).
    """
    import nncf
    from nncf.quantization.advanced_parameters import OverflowFix
    from nncf.quantization.range_estimator import (
        AggregatorType,
        RangeEstimatorParameters,
        StatisticsCollectorParameters,
        StatisticsType,
    )

    layers = [op for op in model.get_ordered_ops() if op.get_type_name() not in _NO_LAYERS]
    weights = {
        op: tuple(op.input_value(1).get_shape())
        for op in layers
        if op.get_type_name() == "Convolution"
    }
    in_float = [op for op, shape in weights.items() if _stays_in_float(shape)]
    stem = next(op for op in weights if op not in in_float)
    in_float += layers[: layers.index(stem)]
    # The widest range that any clip needs, but for one value in ten thousand.
    lowest = StatisticsCollectorParameters(
        statistics_type=StatisticsType.MIN, aggregator_type=AggregatorType.MIN
    )
    highest = StatisticsCollectorParameters(
        statistics_type=StatisticsType.ABS_QUANTILE,
        aggregator_type=AggregatorType.MAX,
        quantile_outlier_prob=1e-4,
    )
    nncf.set_log_level(logging.ERROR)
    return nncf.quantize(
        model,
        nncf.Dataset(calibration, lambda one: one.numpy()),
        subset_size=len(calibration),
        ignored_scope=nncf.IgnoredScope(
            names=sorted({op.get_friendly_name() for op in in_float}),
            types=["ReduceMean", "Multiply", "Sigmoid", "MatMul", "GRUSequence"],
            validate=False,  # a network without a temporal module has no Sigmoid
        ),
        advanced_parameters=nncf.AdvancedQuantizationParameters(
            # Half the range in the first convolution is for CPUs without VNNI.
            overflow_fix=OverflowFix.DISABLE,
            disable_bias_correction=True,
            activations_range_estimator_params=RangeEstimatorParameters(lowest, highest),
        ),
    )


def _stays_in_float(weight: tuple[int, ...]) -> bool:
    """Returns whether int8 leaves out the convolution with a weight of this shape.

    These are those of both kinds of motion maps and, all 1-D, the temporal module's: little work,
    and what they compute reaches every pixel.
    """
    motion = [(BLOCK**2 * features, 3) for features in (PersistenceOfAppearance.features, 1)]
    return len(weight) == 3 or weight[:2] in motion
