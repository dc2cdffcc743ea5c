# The program for compose.yaml: everything that uv.lock pins, and this checkout as a wheel.
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m pip install --quiet uv==0.13.9
COPY . .
RUN uv build --wheel --out-dir /wheels \
    && uv export --quiet --locked --no-dev --no-emit-project --extra fast \
        --format requirements.txt --output-file /wheels/locked.txt

FROM python:3.13-slim
COPY --from=build /wheels /wheels
RUN python -m pip install --quiet --require-hashes -r /wheels/locked.txt \
    && python -m pip install --quiet --no-deps /wheels/*.whl \
    && rm -rf /wheels \
    && useradd --create-home ledger \
    && install -d -o ledger /var/lib/ticketledger
USER ledger
ENV TICKETLEDGER_LEDGER=/var/lib/ticketledger
ENTRYPOINT ["ticketledger"]
