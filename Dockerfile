# The service, and nothing else: no compiler, no tests, no corpus, no root.
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements.lock pyproject.toml README.md LICENSE ./
COPY api api
COPY detector detector
COPY integrations integrations
COPY training training
# The lock pins what the extra asks for, and more that is not installed.
RUN python -m venv /opt/promo-detector \
    && /opt/promo-detector/bin/pip install --no-cache-dir --constraint requirements.lock '.[server]'

FROM python:3.13-slim
RUN useradd --system --no-create-home --shell /usr/sbin/nologin promo
COPY --from=build /opt/promo-detector /opt/promo-detector
ENV PATH=/opt/promo-detector/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PROMO_DETECTOR_HOST=0.0.0.0
USER promo
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/readyz', timeout=4)"]
CMD ["promo-detector", "serve"]
