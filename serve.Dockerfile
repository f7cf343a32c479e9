# The server without torch and transformers, see docs/serving.md. Beside this file: a wheel of hf_sentiment
# (pip wheel --no-deps .), constraints.txt, and an export named "exported".
#
#     docker build --file serve.Dockerfile --tag sentiment-server .
#     docker run --publish 8000:8000 sentiment-server        # and further options of hf-sentiment serve
FROM python:3.11-slim

RUN useradd --create-home --uid 1000 user
WORKDIR /home/user
ENV PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore

# RUNTIME=onnxruntime is for an export to ONNX.
ARG RUNTIME=openvino
COPY constraints.txt *.whl ./
RUN pip install --constraint constraints.txt numpy tokenizers "$RUNTIME" fastapi uvicorn httptools uvloop prometheus-client \
    && pip install --no-deps hf_sentiment-*.whl
COPY exported exported

USER user
EXPOSE 8000
# Within a container, 127.0.0.1 would reach nobody; keys and host names are options.
ENV HF_SENTIMENT_SERVE_HOST=0.0.0.0
HEALTHCHECK CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/ready')"]
ENTRYPOINT ["hf-sentiment", "serve", "--adapter", "exported"]
