#include "bench/load_connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "log/base/status.h"

namespace evlog::bench {
namespace {

constexpr size_t kBufferBytes = size_t{256} << 10;

class Epoll {
 public:
  Epoll() : fd_(epoll_create1(EPOLL_CLOEXEC)) {}
  ~Epoll() { close(fd_); }
  Epoll(const Epoll&) = delete;
  Epoll& operator=(const Epoll&) = delete;

  bool Add(int fd, uint64_t data) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = data;
    return epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event) == 0;
  }
  std::span<const epoll_event> Wait() {
    const int count = epoll_wait(fd_, events_, static_cast<int>(std::size(events_)), -1);
    return {events_, count < 0 ? 0 : static_cast<size_t>(count)};
  }

 private:
  const int fd_;
  epoll_event events_[64];
};

}  // namespace

void AppendRequest(std::string* out, std::initializer_list<std::string_view> words) {
  *out += '*' + std::to_string(words.size()) + "\r\n";
  for (const std::string_view word : words) {
    *out += '$' + std::to_string(word.size()) + "\r\n";
    *out += word;
    *out += "\r\n";
  }
}

LoadConnection::LoadConnection(int fd) : fd_(fd) {}

LoadConnection::~LoadConnection() { close(fd_); }

absl::StatusOr<std::unique_ptr<LoadConnection>> LoadConnection::Open(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return absl::ErrnoToStatus(errno, "socket");
  std::unique_ptr<LoadConnection> connection(new LoadConnection(fd));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return Error(absl::StatusCode::kUnavailable, "port {}: {}", port, std::strerror(errno));
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return connection;
}

absl::StatusOr<LoadConnections> OpenConnections(int port, int count) {
  LoadConnections connections;
  for (int i = 0; i != count; ++i) {
    ASSIGN_OR_RETURN(connections.emplace_back(), LoadConnection::Open(port));
  }
  return connections;
}

absl::Status LoadConnection::Send() {
  for (std::string_view rest = out_; !rest.empty();) {
    const ssize_t sent = send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return Error(absl::StatusCode::kUnavailable, "send: {}", std::strerror(errno));
    rest.remove_prefix(static_cast<size_t>(sent));
  }
  out_.clear();
  return absl::OkStatus();
}

absl::Status LoadConnection::Receive() {
  if (in_.empty()) in_.resize(kBufferBytes);
  const ssize_t got = recv(fd_, in_.data() + held_, in_.size() - held_, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return absl::OkStatus();
  if (got < 0) return Error(absl::StatusCode::kUnavailable, "recv: {}", std::strerror(errno));
  if (got == 0) return absl::UnavailableError("the server has closed the connection");
  const size_t size = held_ + static_cast<size_t>(got);
  const size_t taken = reader_.Take({in_.data(), size});
  held_ = size - taken;
  std::memmove(in_.data(), in_.data() + taken, held_);
  if (!reader_.error().empty()) return absl::InternalError(reader_.error());
  return absl::OkStatus();
}

absl::Status LoadConnection::Await() {
  RETURN_IF_ERROR(Send());
  while (waiting()) {
    pollfd waits = {fd_, POLLIN, 0};
    poll(&waits, 1, -1);
    RETURN_IF_ERROR(Receive());
  }
  return absl::OkStatus();
}

absl::Status Drive(const LoadConnections& connections, NextRequests next) {
  Epoll epoll;
  size_t busy = 0;
  for (size_t i = 0; i != connections.size(); ++i) {
    LoadConnection& connection = *connections[i];
    if (!epoll.Add(connection.fd(), i)) return absl::ErrnoToStatus(errno, "epoll_ctl");
    if (!next(i, connection)) continue;
    ++busy;
    RETURN_IF_ERROR(connection.Send());
  }
  while (busy > 0) {
    for (const epoll_event& event : epoll.Wait()) {
      LoadConnection& connection = *connections[event.data.u64];
      RETURN_IF_ERROR(connection.Receive());
      if (connection.waiting()) continue;
      if (next(event.data.u64, connection)) {
        RETURN_IF_ERROR(connection.Send());
      } else {
        --busy;
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace evlog::bench
