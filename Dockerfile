# One image for scheduler, API server, DAG processor and the command line.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    AIRFLOW_HOME=/var/lib/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/upturn/dags \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    GX_ANALYTICS_ENABLED=false \
    UPTURN_HOME=/var/lib/upturn \
    PATH=/opt/upturn/.venv/bin:$PATH

WORKDIR /opt/upturn
COPY requirements.lock ./
RUN python -m venv .venv \
    && python -m pip install --no-cache-dir "$(sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements.lock)" \
    && uv pip sync --no-cache --require-hashes --python .venv/bin/python requirements.lock

COPY pyproject.toml README.md LICENSE ./
COPY src ./src
COPY sql ./sql
COPY dags ./dags
RUN uv pip install --no-cache --no-deps --no-build-isolation --python .venv/bin/python --editable . \
    && useradd --system --uid 50000 --gid 0 --home-dir /var/lib/airflow airflow \
    && install -d -o airflow -g 0 -m 0770 /var/lib/airflow /var/lib/upturn

USER airflow
VOLUME ["/var/lib/upturn"]
ENTRYPOINT []
CMD ["upturn", "--help"]
