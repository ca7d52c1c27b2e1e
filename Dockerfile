# mienet in a container: of the CPU alone unless TORCH_INDEX says otherwise.
#
#     docker build --tag mienet .                                                          # CPU, some 3 GB
#     docker build --tag mienet:gpu --build-arg TORCH_INDEX=https://pypi.org/simple .      # NVIDIA, some 8 GB
#     docker run --rm --user "$(id -u)" --volume "$PWD:/data" mienet predict runs/NAME clip.mp4
#     docker run --rm --user "$(id -u)" --volume "$PWD:/data" --gpus all mienet:gpu train small ...
#
# PyPI's PyTorch brings CUDA along; the host needs NVIDIA's driver and container toolkit.
# compose.yaml is for mienet serve.

FROM python:3.11-slim-bookworm AS wheel
WORKDIR /source
COPY pyproject.toml README.md CHANGELOG.md CITATION.cff LICENSE ./
COPY src src
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.11-slim-bookworm
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
COPY constraints.txt /tmp/
# First what is large and rarely changes, so that a new version of mienet downloads none of it again.
RUN pip install --no-cache-dir --constraint /tmp/constraints.txt --index-url "$TORCH_INDEX" torch
COPY --from=wheel /wheels /tmp/wheels
RUN pip install --no-cache-dir --constraint /tmp/constraints.txt \
        "$(echo /tmp/wheels/mienet-*.whl)[onnx,openvino,explain,serve,hub,search,remote]" \
    && rm -r /tmp/wheels /tmp/constraints.txt \
    && useradd --create-home --uid 1000 mienet

# Caches and settings of any user that --user names, who has no home in the image.
ENV HOME=/tmp XDG_CACHE_HOME=/tmp/cache MPLCONFIGDIR=/tmp/matplotlib
USER 1000
WORKDIR /data
EXPOSE 8000
ENTRYPOINT ["mienet"]
CMD ["--help"]
