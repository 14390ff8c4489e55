// Publish and subscribe through a server.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "bench/payload.h"
#include "bench/server_work.h"
#include "log/base/status.h"

namespace evlog::bench {
namespace {

constexpr size_t kBufferBytes = size_t{256} << 10;

std::string Payload(size_t bytes) {
  std::string payload;
  for (uint64_t i = 0; payload.size() < bytes; ++i) payload += Value(i);
  payload.resize(bytes);
  return payload;
}

// What goes over the wire: Redis' protocol, which both servers of it speak, or NATS' own.
std::string SubscribeRequest(Peer peer, const std::string& channel) {
  std::string request;
  if (peer == Peer::kNats) {
    request = "CONNECT {\"verbose\":false}\r\nSUB " + channel + " 1\r\nPING\r\n";
  } else {
    AppendRequest(&request, {"SUBSCRIBE", channel});
  }
  return request;
}

std::string PublishRequest(Peer peer, const std::string& payload) {
  std::string request;
  if (peer == Peer::kNats) {
    request = "PUB ch " + std::to_string(payload.size()) + "\r\n" + payload + "\r\n";
  } else {
    AppendRequest(&request, {"PUBLISH", "ch", payload});
  }
  return request;
}

// What a subscriber gets for each message; in RESP2.
size_t MessageBytes(Peer peer, const std::string& payload) {
  std::string message;
  if (peer == Peer::kNats) {
    message = "MSG ch 1 " + std::to_string(payload.size()) + "\r\n" + payload + "\r\n";
  } else {
    AppendRequest(&message, {"message", "ch", payload});
  }
  return message.size();
}

absl::StatusOr<std::unique_ptr<LoadConnection>> Connect(Peer peer, int port) {
  ASSIGN_OR_RETURN(std::unique_ptr<LoadConnection> connection, LoadConnection::Open(port));
  if (peer == Peer::kNats) {
    connection->Expect(1);  // it speaks first
    RETURN_IF_ERROR(connection->Await());
  }
  return connection;
}

absl::StatusOr<LoadConnections> Subscribers(Peer peer, int port, uint64_t count,
                                            uint64_t channels) {
  LoadConnections connections;
  for (uint64_t i = 0; i != count; ++i) {
    ASSIGN_OR_RETURN(connections.emplace_back(), Connect(peer, port));
    LoadConnection& connection = *connections.back();
    *connection.out() =
        SubscribeRequest(peer, channels == 1 ? "ch" : "ch" + std::to_string(i % channels));
    connection.Expect(1);
    RETURN_IF_ERROR(connection.Await());
  }
  return connections;
}

// Publishes as many as the window allows, and counts the bytes that come: it does not read them, as
// a load generator that did would be what is measured.
class Fanout {
 public:
  Fanout(Peer peer, const PubsubShape& shape, uint64_t messages)
      : shape_(shape), messages_(messages), answers_(peer != Peer::kNats), buffer_(kBufferBytes) {
    const std::string payload = Payload(shape.bytes);
    request_ = PublishRequest(peer, payload);
    message_bytes_ = MessageBytes(peer, payload) * static_cast<uint64_t>(shape.subscribers);
  }

  absl::Status Run(LoadConnection& publisher, const LoadConnections& subscribers) {
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = publisher.fd();
    epoll_ctl(epoll, EPOLL_CTL_ADD, publisher.fd(), &event);
    for (const auto& subscriber : subscribers) {
      event.data.fd = subscriber->fd();
      epoll_ctl(epoll, EPOLL_CTL_ADD, subscriber->fd(), &event);
    }
    const absl::Status status = Loop(epoll, publisher);
    close(epoll);
    return status;
  }

 private:
  absl::Status Loop(int epoll, LoadConnection& publisher) {
    std::vector<epoll_event> events(256);
    while (received_ < messages_ * message_bytes_ || publisher.waiting()) {
      RETURN_IF_ERROR(Publish(publisher));
      const int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<size_t>(i)].data.fd;
        RETURN_IF_ERROR(fd == publisher.fd() ? publisher.Receive() : Count(fd));
      }
    }
    return absl::OkStatus();
  }

  // By half a window at least, so that a pipeline stays one.
  absl::Status Publish(LoadConnection& publisher) {
    const uint64_t outstanding = published_ - received_ / message_bytes_;
    const uint64_t now = std::min(shape_.window - outstanding, messages_ - published_);
    if (now == 0 || (now < shape_.window / 2 && published_ + now != messages_)) {
      return absl::OkStatus();
    }
    for (uint64_t i = 0; i != now; ++i) *publisher.out() += request_;
    if (answers_) publisher.Expect(now);
    published_ += now;
    return publisher.Send();
  }

  absl::Status Count(int fd) {
    const ssize_t got = recv(fd, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got > 0) received_ += static_cast<uint64_t>(got);
    if (got == 0) return absl::UnavailableError("a subscriber was cut off");
    return absl::OkStatus();
  }

  const PubsubShape shape_;
  const uint64_t messages_;
  const bool answers_;  // to PUBLISH
  std::vector<char> buffer_;
  std::string request_;
  uint64_t message_bytes_ = 0;  // of one to all subscribers
  uint64_t published_ = 0;
  uint64_t received_ = 0;  // bytes
};

// 10,000 connections have so many descriptors.
absl::Status AllowDescriptors(uint64_t wanted) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= wanted) return absl::OkStatus();
  limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return absl::ErrnoToStatus(errno, "setrlimit");
  if (limit.rlim_cur < wanted) return absl::ResourceExhaustedError("ulimit -n is too small");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Measurement> ServerPubsub(const Context& context, Peer peer,
                                         const PubsubShape& shape) {
  const auto subscribers = static_cast<uint64_t>(shape.subscribers);
  const uint64_t messages = std::max<uint64_t>(context.entries / subscribers, 1);
  RETURN_IF_ERROR(AllowDescriptors(subscribers + 200));
  return WithServer(context, peer, Durability::kOs,
                    [&](ServerProcess& server) -> absl::StatusOr<Measurement> {
                      ASSIGN_OR_RETURN(const LoadConnections all,
                                       Subscribers(peer, server.port(), subscribers, 1));
                      ASSIGN_OR_RETURN(const std::unique_ptr<LoadConnection> publisher,
                                       Connect(peer, server.port()));
                      Fanout fanout(peer, shape, messages);
                      const ServerWatch watch(server);
                      RETURN_IF_ERROR(fanout.Run(*publisher, all));
                      return watch.Measured(messages * subscribers, messages);
                    });
}

absl::StatusOr<Measurement> ServerIdle(const Context& context, Peer peer) {
  constexpr uint64_t kChannels = 100;
  RETURN_IF_ERROR(AllowDescriptors(context.entries + 200));
  return WithServer(
      context, peer, Durability::kOs, [&](ServerProcess& server) -> absl::StatusOr<Measurement> {
        const ServerWatch watch(server);
        const double before = server.ResidentMiB();
        ASSIGN_OR_RETURN(const LoadConnections all,
                         Subscribers(peer, server.port(), context.entries, kChannels));
        Measurement measurement = watch.Measured(context.entries, 0);
        const double kib = (server.ResidentMiB() - before) * 1024;
        measurement.figures = {
            {"memory of a subscriber", "KiB", kib / static_cast<double>(context.entries), 0, 1.0}};
        return measurement;
      });
}

}  // namespace evlog::bench
