# Longbox in a container; docs/OPERATIONS.md says how to run it. Any architecture that the base is made for.
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
WORKDIR /longbox
COPY requirements.lock ./
RUN python -m venv --without-pip .venv \
 && pip --python .venv/bin/python install --no-cache-dir --disable-pip-version-check \
        --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY db db
COPY stages stages
COPY pipeline pipeline
COPY webui webui
RUN pip --python .venv/bin/python install --no-cache-dir --disable-pip-version-check \
        --no-deps --no-build-isolation . \
 && .venv/bin/python -m compileall -q .venv/lib

FROM python:${PYTHON}-slim
RUN useradd --uid 1000 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin longbox \
 && install -d -o longbox -g longbox -m 0750 /data
WORKDIR /longbox
COPY --from=build /longbox/.venv .venv
COPY Procfile ./
ENV PATH=/longbox/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    LONGBOX_DATA=/data \
    LONGBOX_HOST=0.0.0.0 \
    PORT=8000
USER 1000:1000
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]
# Until there is an admin, a link that makes one stands in the log.
CMD ["sh", "-c", "longbox init && longbox setup-link && exec honcho start"]
