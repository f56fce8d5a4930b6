# One build stage, one small image a service: `docker build --target gateway .`
FROM swift:6.3-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
        libcurl4-openssl-dev libnghttp2-dev libssl-dev libpq-dev libpng-dev libjpeg-dev zlib1g-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /pentad
COPY . .
# The cache keeps what an earlier build compiled; the executables leave it in the same step.
RUN --mount=type=cache,target=/cache \
    mkdir /out \
    && swift build -c release --static-swift-stdlib --scratch-path /cache --product engine-guard \
    && cp /cache/release/engine-guard /out/ \
    && for main in services/*/Main; do \
        name=$(basename "$(dirname "$main")") \
        && swift build -c release --static-swift-stdlib --scratch-path /cache --product "$name" \
        && cp "/cache/release/$name" /out/ || exit 1; \
    done

FROM debian:bookworm-slim AS runtime
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates libcurl4 libnghttp2-14 libpq5 libstdc++6 tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 pentad \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin pentad
ENV HOST=0.0.0.0 PORT=8080 INTERNAL_PORT=9090 LOG_FORMAT=json
EXPOSE 8080
STOPSIGNAL SIGTERM
USER 10001:10001

# For services that run foreign programs: the guard is looked for beside their own executable.
FROM runtime AS engine-runtime
COPY --from=build /out/engine-guard /usr/local/bin/engine-guard

# What /docs shows, from a package that is pinned by its hash
FROM debian:bookworm-slim AS swagger-ui
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates python3-pip \
    && rm -rf /var/lib/apt/lists/*
COPY services/gateway/Console/swagger-ui.txt /
RUN python3 -m pip install --no-cache-dir --no-deps --only-binary :all: --require-hashes --requirement=/swagger-ui.txt \
        --target /package \
    && mv /package/*/static/*/swagger-ui-dist /files

FROM runtime AS gateway
COPY --from=build /out/gateway /usr/local/bin/gateway
COPY --from=swagger-ui /files /usr/local/share/swagger-ui
ENV SWAGGER_UI_DIR=/usr/local/share/swagger-ui
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["gateway", "--probe"]
ENTRYPOINT ["gateway"]
