// Reading from a server: by id, and by a consumer group.
#include <algorithm>
#include <string>
#include <vector>

#include "bench/server_work.h"
#include "log/base/status.h"

namespace evlog::bench {
namespace {

// Entries 0 to n - 1 again and again.
class Readers {
 public:
  Readers(const ReadShape& shape, uint64_t entries)
      : shape_(shape),
        count_(std::to_string(shape.count)),
        left_(static_cast<int64_t>(entries)),
        after_(static_cast<size_t>(shape.clients), "0") {}

  bool Next(size_t at, LoadConnection& connection) {
    IdList& ids = connection.reader().ids();
    read_ += ids.size();
    left_ -= static_cast<int64_t>(ids.size());
    // At the end of the stream it begins again.
    after_[at] = ids.size() < shape_.count ? "0" : std::string(ids.back());
    ids.Clear();
    if (left_ <= 0) return false;
    if (shape_.range) {
      connection.Ask({"XRANGE", kBenchStream, "(" + after_[at], "+", "COUNT", count_});
    } else {
      connection.Ask({"XREAD", "COUNT", count_, "STREAMS", kBenchStream, after_[at]});
    }
    return true;
  }

  uint64_t read() const { return read_; }

 private:
  const ReadShape shape_;
  const std::string count_;
  int64_t left_;
  uint64_t read_ = 0;
  std::vector<std::string> after_;  // by connection
};

class Consumers {
 public:
  Consumers(const GroupShape& shape, uint64_t entries)
      : count_(std::to_string(shape.count)), entries_(entries) {}

  bool Next(size_t at, LoadConnection& connection) {
    IdList& ids = connection.reader().ids();
    if (ids.empty() && acked_ >= entries_) return false;
    if (ids.empty()) {
      connection.Ask({"XREADGROUP", "GROUP", "g", "c" + std::to_string(at), "COUNT", count_,
                      "STREAMS", kBenchStream, ">"});
      return true;
    }
    std::string* const out = connection.out();
    *out += "*" + std::to_string(3 + ids.size()) + "\r\n$4\r\nXACK\r\n$1\r\ns\r\n$1\r\ng\r\n";
    for (size_t i = 0; i != ids.size(); ++i) {
      *out += "$" + std::to_string(ids[i].size()) + "\r\n";
      *out += ids[i];
      *out += "\r\n";
    }
    connection.Expect(1);
    acked_ += ids.size();
    ids.Clear();
    return true;
  }

 private:
  const std::string count_;
  const uint64_t entries_;
  uint64_t acked_ = 0;
};

}  // namespace

absl::StatusOr<Measurement> ServerRead(const Context& context, Peer peer, const ReadShape& shape) {
  // More than fits into the cache of blocks, less than into the page cache.
  const uint64_t there = std::min<uint64_t>(context.entries, 500'000);
  return WithServer(
      context, peer, Durability::kOs, [&](ServerProcess& server) -> absl::StatusOr<Measurement> {
        RETURN_IF_ERROR(FillStream(server, there));
        ASSIGN_OR_RETURN(const LoadConnections connections,
                         OpenConnections(server.port(), shape.clients));
        for (const auto& connection : connections) connection->reader().KeepIds();
        Readers readers(shape, context.entries);
        const ServerWatch watch(server);
        RETURN_IF_ERROR(Drive(connections, [&](size_t at, LoadConnection& connection) {
          return readers.Next(at, connection);
        }));
        return watch.Measured(readers.read(), 0);
      });
}

absl::StatusOr<Measurement> ServerGroup(const Context& context, Peer peer,
                                        const GroupShape& shape) {
  return WithServer(
      context, peer, Durability::kOs, [&](ServerProcess& server) -> absl::StatusOr<Measurement> {
        RETURN_IF_ERROR(FillStream(server, context.entries));
        ASSIGN_OR_RETURN(const LoadConnections connections,
                         OpenConnections(server.port(), shape.clients));
        LoadConnection& first = *connections.front();
        first.Ask({"XGROUP", "CREATE", kBenchStream, "g", "0"});
        RETURN_IF_ERROR(first.Await());
        for (const auto& connection : connections) connection->reader().KeepIds();
        Consumers consumers(shape, context.entries);
        const ServerWatch watch(server);
        RETURN_IF_ERROR(Drive(connections, [&](size_t at, LoadConnection& connection) {
          return consumers.Next(at, connection);
        }));
        const Measurement measured = watch.Measured(context.entries, context.entries);
        const uint64_t values = first.reader().values();
        first.Ask({"XPENDING", kBenchStream, "g"});
        RETURN_IF_ERROR(first.Await());
        // An array of a zero and three nulls.
        if (first.reader().values() - values != 5) return absl::DataLossError("not all were acked");
        return measured;
      });
}

}  // namespace evlog::bench
