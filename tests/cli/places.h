// Places that the verbs work on: a directory, `evlog serve`, and Debian's Redis.
#ifndef EVLOG_TESTS_CLI_PLACES_H_
#define EVLOG_TESTS_CLI_PLACES_H_

#include <string>

namespace evlog::cli {

// Bash functions: `serve DIR [FLAG...]` and `redis [FLAG...]` start a server that ends with the
// script, and leave its port in $port and its process in $server; `serve_at PORT DIR`.
//
// Debian's redis-tools has no redis-server; but redis-check-rdb is the same program, which looks at
// the name that it is called by.
inline constexpr char kServers[] =
    "ended() { [ -z \"$(jobs -p)\" ] || kill -9 $(jobs -p) 2>/dev/null; }\n"
    "trap ended EXIT\n"
    "serve_at() {\n"
    "  rm -f .port; mkfifo .port\n"
    "  evlog serve --durability os --listen 127.0.0.1:$1 --dir \"${@:2}\" >.port & server=$!\n"
    "  read -r port <.port; port=${port##*:}\n"
    "}\n"
    "serve() { serve_at 0 \"$@\"; }\n"
    "redis() {\n"
    "  ln -sf /usr/bin/redis-check-rdb redis-server\n"
    "  while :; do\n"
    "    rm -f redis.log; port=$((20000 + RANDOM))\n"
    "    ./redis-server --port $port --bind 127.0.0.1 --save '' --dir . \"$@\" >redis.log &\n"
    "    server=$!\n"
    "    while kill -0 $server 2>/dev/null; do\n"
    "      grep -qs 'Ready to accept connections' redis.log && return\n"
    "    done\n"
    "  done\n"
    "}\n";

struct Place {
  const char* name;
  const char* begin;  // a script that sets EVLOG_AT
};
inline constexpr Place kDirectory = {"Directory", ""};
inline constexpr Place kServe = {"Serve",
                                 "serve served; export EVLOG_AT=redis://127.0.0.1:$port\n"};
inline constexpr Place kRedis = {"Redis", "redis; export EVLOG_AT=redis://127.0.0.1:$port\n"};

inline std::string Begin(const Place& place) { return std::string(kServers) + place.begin; }

}  // namespace evlog::cli

#endif  // EVLOG_TESTS_CLI_PLACES_H_
