# Two images from one file: `--target service` answers questions and holds no parser, `--target
# ingestion` reads documents. They meet in the volume /data and nowhere else.
#   docker build --target service   --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cpu -t footnote .
#   docker build --target ingestion --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cpu -t footnote-ingestion .

FROM python:3.11-slim AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/opt/footnote/bin:$PATH

# What both images need. torch comes first: it is the largest layer and changes least.
FROM base AS build
ARG TORCH_INDEX=
ENV PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_CONSTRAINT=/src/constraints.txt
WORKDIR /src
COPY constraints.txt ./
RUN python -m venv /opt/footnote \
    && pip install ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} torch==2.13.0
COPY pyproject.toml README.md LICENSE ./

# No package is there yet when the dependencies are installed, so a change of code reuses that layer.
FROM build AS build-service
ARG FAISS=cpu
RUN pip install ".[service,${FAISS}]"
COPY indexes indexes
COPY service service
RUN pip install --no-deps --force-reinstall .

FROM build AS build-ingestion
ARG FAISS=cpu
RUN pip install ".[ingestion,${FAISS}]"
COPY indexes indexes
COPY ingestion ingestion
RUN pip install --no-deps --force-reinstall .

# Nothing calls home, and the process owns nothing but its data.
FROM base AS runtime
ENV FOOTNOTE_DATA_DIR=/data DO_NOT_TRACK=1 SCARF_NO_ANALYTICS=true HF_HUB_DISABLE_TELEMETRY=1
RUN useradd --system --uid 10001 --create-home footnote \
    && install --directory --owner=footnote /data
USER footnote
WORKDIR /home/footnote
VOLUME /data

# Tesseract reads pages that are pictures, LibreOffice old Word files; without them both are listed.
FROM runtime AS ingestion
USER root
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libreoffice-writer-nogui \
       tesseract-ocr tesseract-ocr-vie tesseract-ocr-chi-sim \
    && rm -rf /var/lib/apt/lists/*
USER footnote
COPY --from=build-ingestion /opt/footnote /opt/footnote
ENTRYPOINT ["python", "-m", "ingestion"]
CMD ["--help"]

# Listening beyond loopback, the service refuses to start until it is given keys (docs/operations.md).
FROM runtime AS service
COPY --from=build-service /opt/footnote /opt/footnote
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["python", "-m", "service", "--host", "0.0.0.0", "--port", "8000"]
