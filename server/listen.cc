#include "server/listen.h"

#include <cerrno>
#include <string>
#include <system_error>

#include "log/base/status.h"

namespace evlog::server {

namespace {

using asio::ip::tcp;

constexpr int kBacklog = 511;

absl::Status Resolve(const ListenOptions& options, tcp::acceptor& acceptor,
                     tcp::endpoint* endpoint) {
  std::error_code error;
  const asio::ip::address address = asio::ip::make_address(options.host, error);
  if (!error) {
    *endpoint = tcp::endpoint(address, options.port);
  } else {
    tcp::resolver resolver(acceptor.get_executor());
    const auto found = resolver.resolve(options.host, std::to_string(options.port), error);
    if (error || found.empty()) {
      return InvalidArgument("{} is no address of this machine: {}", Quoted(options.host),
                             error.message());
    }
    *endpoint = found.begin()->endpoint();
  }
  if (endpoint->address().is_loopback() || options.may_be_public) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, "{} can be reached by others: {}", options.host,
               std::string(options.otherwise));
}

}  // namespace

absl::StatusOr<uint16_t> Listen(const ListenOptions& options, tcp::acceptor* acceptor) {
  tcp::endpoint endpoint;
  RETURN_IF_ERROR(Resolve(options, *acceptor, &endpoint));
  std::error_code error;
  acceptor->open(endpoint.protocol(), error);
  if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(kBacklog, error);
  if (error) {
    const bool invalid =
        error == asio::error::address_family_not_supported || error.value() == EADDRNOTAVAIL;
    return Error(invalid ? absl::StatusCode::kInvalidArgument : absl::StatusCode::kUnavailable,
                 "cannot listen on {}:{}: {}", options.host, options.port, error.message());
  }
  return acceptor->local_endpoint(error).port();
}

}  // namespace evlog::server
