// The streams that an io thread has opened, and groups of them, so that a command that comes often
// looks up nothing but names.
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
#include "evlog/group.h"
#include "evlog/limits.h"
#include "evlog/stream.h"
#include "log/base/bytes.h"
#include "server/append_turn.h"
#include "server/call.h"

namespace evlog::server {

struct OpenedStream {
  Stream stream;
  bool one_partition = true;
  absl::Time expires_at = absl::InfiniteFuture();
  // A trim that would not reach beyond this offset has been done already. Shared with trims that
  // are under way.
  std::shared_ptr<uint64_t> trimmed_to = std::make_shared<uint64_t>(0);
  TurnPlace place;
  struct OpenedGroup {
    Group group;
    bool used = true;  // since the last sweep
  };
  absl::flat_hash_map<std::string, OpenedGroup, TransparentHash, std::equal_to<>> groups;
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

  // Null: not open. It may be gone by now.
  static Group* FindGroup(OpenedStream* stream, std::string_view name) {
    const auto found = stream->groups.find(name);
    if (found == stream->groups.end()) return nullptr;
    found->second.used = true;
    return &found->second.group;
  }

  // `renames` as it was before the key was opened.
  void Put(int database, const OpenedKey& key, uint64_t renames) {
    Forget(renames);
    if (renames < renames_) return;
    ByName& streams = databases_[static_cast<size_t>(database)];
    if (streams.size() >= kStreamsMax) streams.clear();
    const auto [found, is_new] = streams.try_emplace(key.name);
    OpenedStream& opened = found->second;
    if (is_new || opened.stream.id() != key.stream.id()) {
      opened = OpenedStream();
      opened.stream = key.stream;
    }
    const StreamOptions options = key.stream.options();
    opened.one_partition = options.partitions == 1;
    opened.expires_at = options.expires_at.value_or(absl::InfiniteFuture());
    if (key.group) {
      opened.groups.insert_or_assign(key.group->name(), OpenedStream::OpenedGroup{*key.group});
    }
  }

  // Now and then: lets go of groups that were not asked for since the last time, which would stay
  // in memory for this.
  void Sweep() {
    for (ByName& streams : databases_) {
      for (auto& [name, stream] : streams) {
        absl::erase_if(stream.groups,
                       [](auto& group) { return !std::exchange(group.second.used, false); });
      }
    }
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
