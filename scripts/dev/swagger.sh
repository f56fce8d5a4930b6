# shellcheck shell=bash
# Swagger UI, which the gateway shows at /docs: files of a Python package, pinned by its hash. The gateway does without.

SWAGGER_UI=$LOCAL/swagger-ui
SWAGGER_PINNED=services/gateway/Console/swagger-ui.txt

ensure_swagger_ui() {
    local stamp
    stamp=$(sha256sum <"$SWAGGER_PINNED")
    has_swagger_ui "$stamp" && return
    if [[ $INSTALL != yes ]]; then
        say "Swagger UI is missing or out of date: /docs says how to get it (run without --no-install)"
        return
    fi
    begin_stage "Installing Swagger UI"
    mkdir -p "$LOCAL"
    if (
        flock 8
        has_swagger_ui "$stamp" || install_swagger_ui "$stamp"
    ) 8>"$LOCAL/venv.lock" >"$LOCAL/swagger-ui.log" 2>&1; then
        end_stage
    else
        rm -rf "$SWAGGER_UI.new"
        say "Swagger UI could not be installed (see .local/swagger-ui.log): /docs says so, and all else works"
    fi
}

has_swagger_ui() { [[ -f $SWAGGER_UI/.stamp && $(<"$SWAGGER_UI/.stamp") == "$1" ]]; }

# Chained, since within a condition bash goes on after a command that fails. What is there stays until the new one is.
install_swagger_ui() {
    local new=$SWAGGER_UI.new python
    python=$(python_interpreter) &&
        rm -rf "$new" && "$python" -m venv "$new/venv" &&
        timeout 120 "$new/venv/bin/python" -m pip install --quiet --no-input --disable-pip-version-check \
            --retries 1 --timeout 10 --no-deps --only-binary :all: --require-hashes --requirement="$SWAGGER_PINNED" \
            --target "$new/package" &&
        mv "$new"/package/*/static/*/swagger-ui-dist "$new/files" &&
        printf '%s\n' "$1" >"$new/files/.stamp" && chmod -R a+rX "$new/files" &&
        rm -rf "$SWAGGER_UI" && mv "$new/files" "$SWAGGER_UI" && rm -rf "$new"
}
