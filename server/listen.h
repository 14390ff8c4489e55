// Opening a port, for whatever is answered there.
#ifndef EVLOG_SERVER_LISTEN_H_
#define EVLOG_SERVER_LISTEN_H_

#include <asio/ip/tcp.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace evlog::server {

struct ListenOptions {
  std::string host;  // an address of this machine, or a name of one
  uint16_t port = 0;
  bool may_be_public = false;       // at an address that others reach
  std::string_view otherwise = {};  // what whoever wants that must do
};

// Answers the port. Errors: INVALID_ARGUMENT (no such address), PERMISSION_DENIED (others reach
// it), UNAVAILABLE (the port is taken).
absl::StatusOr<uint16_t> Listen(const ListenOptions& options, asio::ip::tcp::acceptor* acceptor);

}  // namespace evlog::server

#endif  // EVLOG_SERVER_LISTEN_H_
