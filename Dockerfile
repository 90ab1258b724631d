# The operator's image: Node and the bundle, nothing else. It holds no RUN, so it is built without a shell, without a network and for every
# platform at once: the bundle is the same JavaScript everywhere and is made before (`make build` writes dist/; `make image` does both).
#
# NODE_IMAGE must have `node` of version 24 or newer on its PATH, and what that binary links to. Nothing else of it is used: no shell, no
# package manager, no certificates. The container needs nothing writable and no user by name.
ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim
FROM ${NODE_IMAGE}

ARG VERSION=0.0.0-dev
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
ARG SOURCE=
LABEL org.opencontainers.image.title="nifi-operator" \
      org.opencontainers.image.description="A Kubernetes operator for Apache NiFi 2.x" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}"

COPY LICENSE /opt/nifi-operator/
COPY dist/operator.cjs dist/client-node.cjs /opt/nifi-operator/

# One arena keeps glibc from holding on to memory for each thread; docs/performance.md has what this and the flags below bring.
ENV NODE_ENV=production MALLOC_ARENA_MAX=1

# By number: a kubelet can only tell that a number is not root.
USER 65532:65532
WORKDIR /opt/nifi-operator
EXPOSE 8080 8081
ENTRYPOINT ["node", "--max-semi-space-size=1", "--optimize-for-size", "/opt/nifi-operator/operator.cjs"]
CMD []
