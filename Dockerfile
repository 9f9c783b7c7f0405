# One image for all processes: sluice api, scheduler, worker, migrate. docs/deployment.md says what of it was run and how.
# scripts/image runs these very steps as plain commands in empty folders where no container engine is.

FROM swift:6.3-bookworm AS build
# The sources' C libraries; which version does not matter, so none is pinned.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libcurl4-openssl-dev libpq-dev libssl-dev pkg-config zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Package.swift ./
COPY Benchmarks Benchmarks
COPY Sources Sources
COPY Tests Tests
RUN swift build --configuration release --static-swift-stdlib --product sluice \
    && install -D "$(swift build --configuration release --static-swift-stdlib --show-bin-path)/sluice" /out/usr/local/bin/sluice \
    && strip --strip-debug /out/usr/local/bin/sluice

FROM debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates libcurl4 libpq5 libssl3 tzdata zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 sluice \
    && useradd --uid 10001 --gid sluice --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin sluice
COPY --from=build /out/usr/local/bin/sluice /usr/local/bin/sluice
# By number: Kubernetes can see that it is not root.
USER 10001:10001
ENV LOG_FORMAT=json
EXPOSE 8080 9100
# No entry point: heroku.yml and manifests name the whole command.
CMD ["sluice", "api", "--metrics-port", "9100"]
