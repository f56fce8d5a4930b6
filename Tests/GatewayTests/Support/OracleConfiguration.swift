import Glibc

/// How the proxies that ours is compared with are set up: one upstream, headers of identity removed, nothing else changed.
enum OracleConfiguration {
    static func haproxy(_ port: UInt16, _ upstream: UInt16, rules: String = "") -> String {
        """
        global
            nbthread 1
        defaults
            mode http
            timeout connect 2s
            timeout client 10s
            timeout server 10s
            timeout http-request 5s
            http-reuse always
        frontend in
            bind 127.0.0.1:\(port)
            http-request del-header x-user-id
            http-request del-header x-internal -m beg
        \(rules)
            option forwardfor
            default_backend up
        backend up
            server s1 127.0.0.1:\(upstream)

        """
    }

    static func nginx(_ port: UInt16, _ upstream: UInt16, _ folder: String) -> String {
        let user = geteuid() == 0 ? "user root;" : ""
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map {
            "\($0)_temp_path \(folder)/\($0);"
        }.joined(separator: " ")
        return """
            \(user)
            worker_processes 1;
            daemon off;
            master_process off;
            pid \(folder)/nginx.pid;
            events { worker_connections 512; }
            http {
                access_log off;
                \(temporary)
                underscores_in_headers on;
                client_header_timeout 5s;
                upstream up { server 127.0.0.1:\(upstream); keepalive 16; }
                server {
                    listen 127.0.0.1:\(port);
                    location / {
                        proxy_pass http://up;
                        proxy_http_version 1.1;
                        proxy_set_header Connection "";
                        proxy_set_header Host $host;
                        proxy_set_header X-Forwarded-For $remote_addr;
                        proxy_set_header X-User-Id "";
                        proxy_request_buffering off;
                    }
                }
            }
            """
    }

    /// `filters` stand before the router, each with a comma behind it.
    static func envoy(_ port: UInt16, _ upstream: UInt16, filters: String = "") -> String {
        let types = "type.googleapis.com/envoy.extensions.filters"
        return """
            {"static_resources": {
              "listeners": [{
                "address": {"socket_address": {"address": "127.0.0.1", "port_value": \(port)}},
                "filter_chains": [{"filters": [{
                  "name": "envoy.filters.network.http_connection_manager",
                  "typed_config": {
                    "@type": "\(types).network.http_connection_manager.v3.HttpConnectionManager",
                    "stat_prefix": "in", "codec_type": "HTTP1", "use_remote_address": true,
                    "normalize_path": true, "merge_slashes": true,
                    "path_with_escaped_slashes_action": "REJECT_REQUEST", "request_headers_timeout": "5s",
                    "route_config": {"virtual_hosts": [{
                      "name": "all", "domains": ["*"], "request_headers_to_remove": ["x-user-id"],
                      "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "up"}}]}]},
                    "http_filters": [\(filters)
                      {"name": "envoy.filters.http.router", "typed_config": {"@type": "\(types).http.router.v3.Router"}}]
                  }}]}]}],
              "clusters": [{
                "name": "up", "type": "STATIC", "connect_timeout": "2s",
                "load_assignment": {"cluster_name": "up", "endpoints": [{"lb_endpoints": [{"endpoint": {
                  "address": {"socket_address": {"address": "127.0.0.1", "port_value": \(upstream)}}}}]}]}}]
            }}
            """
    }

    /// Envoy's filter that verifies tokens, as its documents show it.
    static func envoyVerification(issuer: String, audience: String, jwks: String) -> String {
        let type = "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication"
        let quoted = jwks.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return """
            {"name": "envoy.filters.http.jwt_authn", "typed_config": {
              "@type": "\(type)",
              "providers": {"pentad": {
                "issuer": "\(issuer)", "audiences": ["\(audience)"], "forward": false, "clock_skew_seconds": 30,
                "local_jwks": {"inline_string": "\(quoted)"}}},
              "rules": [{"match": {"prefix": "/"}, "requires": {"provider_name": "pentad"}}]}},
            """
    }

    /// HAProxy's manual: `jwt_verify` checks the signature, and everything else is for rules like these.
    static func haproxyVerification(issuer: String, audience: String, key: String) -> String {
        """
            http-request deny deny_status 401 unless { req.hdr_cnt(authorization) eq 1 }
            http-request set-var(txn.alg) http_auth_bearer,jwt_header_query('$.alg')
            http-request set-var(txn.exp) http_auth_bearer,jwt_payload_query('$.exp','int')
            http-request set-var(txn.now) date()
            http-request deny deny_status 401 unless { http_auth_bearer,jwt_payload_query('$.iss') -m str \(issuer) }
            http-request deny deny_status 401 unless { http_auth_bearer,jwt_payload_query('$.aud') -m str \(audience) }
            http-request deny deny_status 401 unless { var(txn.exp) -m found }
            http-request deny deny_status 401 if { var(txn.exp),sub(txn.now) -m int lt 0 }
            http-request deny deny_status 401 unless { var(txn.alg) -m str RS256 }
            http-request deny deny_status 401 unless { http_auth_bearer,jwt_verify(txn.alg,"\(key)") -m int 1 }
        """
    }
}
