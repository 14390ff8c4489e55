// The streams that an io thread has opened, so that an append looks up nothing but a name.
#ifndef EVLOG_SERVER_STREAM_CACHE_H_
#define EVLOG_SERVER_STREAM_CACHE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "evlog/limits.h"
#include "evlog/stream.h"
#include "log/base/bytes.h"
#include "server/append_turn.h"

namespace evlog::server {

struct OpenedStream {
  Stream stream;
  bool one_partition = true;
  absl::Time expires_at = absl::InfiniteFuture();
  // A trim that would not reach beyond this offset has been done already. Shared with trims that
  // are under way.
  std::shared_ptr<uint64_t> trimmed_to = std::make_shared<uint64_t>(0);
  TurnPlace place;
};

// Of one thread.
class StreamCache {
 public:
  static constexpr size_t kStreamsMax = 10'000;  // of a database

  // Null: not open, or perhaps no longer what has that name. `renames`: see Core::renames.
  OpenedStream* Find(int database, std::string_view name, uint64_t renames, absl::Time now) {
    Forget(renames);
    ByName& streams = databases_[static_cast<size_t>(database)];
    const auto found = streams.find(name);
    if (found == streams.end()) return nullptr;
    if (found->second.expires_at > now) return &found->second;
    streams.erase(found);
    return nullptr;
  }

  // `renames` as it was before the stream was opened.
  void Put(int database, std::string_view name, Stream stream, uint64_t renames) {
    Forget(renames);
    if (renames < renames_) return;
    ByName& streams = databases_[static_cast<size_t>(database)];
    if (streams.size() >= kStreamsMax) streams.clear();
    OpenedStream opened;
    opened.stream = std::move(stream);
    const StreamOptions options = opened.stream.options();
    opened.one_partition = options.partitions == 1;
    opened.expires_at = options.expires_at.value_or(absl::InfiniteFuture());
    streams.insert_or_assign(std::string(name), std::move(opened));
  }

 private:
  using ByName = absl::flat_hash_map<std::string, OpenedStream, TransparentHash, std::equal_to<>>;

  void Forget(uint64_t renames) {
    if (renames <= renames_) return;
    for (ByName& streams : databases_) streams.clear();
    renames_ = renames;
  }

  uint64_t renames_ = 0;
  std::array<ByName, kDatabases> databases_;
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_STREAM_CACHE_H_
