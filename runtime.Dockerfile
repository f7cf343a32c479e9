# An exported adapter without torch and transformers, see README.md. Beside this file: a wheel of hf_sentiment
# (pip wheel --no-deps .), constraints.txt, and an export named "exported".
#
#     docker build --file runtime.Dockerfile --tag sentiment .
#     docker run --interactive sentiment < reviews.txt     # a review per line
FROM python:3.11-slim

RUN useradd --create-home --uid 1000 user
WORKDIR /home/user
ENV PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore

# RUNTIME=onnxruntime is for an export to ONNX.
ARG RUNTIME=openvino
COPY constraints.txt *.whl ./
RUN pip install --constraint constraints.txt numpy tokenizers "$RUNTIME" && pip install --no-deps hf_sentiment-*.whl
COPY exported exported

USER user
ENTRYPOINT ["hf-sentiment", "predict", "--adapter", "exported"]
