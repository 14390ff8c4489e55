// Every key of every column family. Golden bytes: tests/golden/keys.txt.
//
// One kind of row per family; integers are big-endian, so keys sort as the numbers do.
//
//   family       key                                               value
//   default      name (ASCII)                                      see log/row_codec.h, "meta"
//   names        database:u8 name:bytes                            stream:u64
//   catalog      stream:u64                                        StreamMeta (log/meta.proto)
//   log          commit:u64 slot:u32                               chunk | dir reference
//   dir          stream:u64 partition:u16 ms:u64 seq:u64           chunk | log reference
//   trims        stream:u64 partition:u16                          where the partition begins
//   holes        stream:u64 partition:u16 block:u64                bitmap of deleted entries
//   timers       due_ms:u64 kind:u8 stream:u64                     nothing
//   schedule     due_ms:u64 number:u64                             log/schedule_codec.h
//   state        database:u8 space_size:u16 space:bytes key:bytes  the application's
//   idempotence  stream:u64 producer_size:u16 producer:bytes kind:u8 id:bytes
//                                                                  log/idempotence_codec.h
//   groups       stream:u64 group:u64                              GroupMeta (groups/meta.proto)
//   pending      stream:u64 group:u64 partition:u16 block:u64      groups/group_journal.h
//   journal      stream:u64 group:u64 slot:u16                     groups/group_change.h
//   routes       database:u8 pattern_size:u16 pattern:bytes stream:bytes
//                                                                  RouteMeta (log/meta.proto)
//
// `log` is the log in commit order, `dir` in id order within a partition; the bytes of a chunk
// stand in one of them and the other refers to it (log/row_codec.h). The ms and seq of a `dir` key
// are the first id of its chunk. A row of `trims` whose partition is kDroppedMark says that the
// whole stream is gone. A block of `holes` is 1,024 offsets (log/trim_codec.h), one of `pending`
// 4,096; a slot of `journal` is a sequence number modulo the slots that there are. The other
// families have no rows in this format version; they are made at the first open because a family
// added later breaks read-only instances that are open at the time.
#ifndef EVLOG_LOG_KEY_CODEC_H_
#define EVLOG_LOG_KEY_CODEC_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "evlog/entry_id.h"
#include "evlog/idempotence.h"
#include "evlog/schedule.h"
#include "log/ids.h"

namespace evlog {

// On disk by name (FamilyName); the numbers are only indexes.
enum class Family : uint8_t {
  kMeta,
  kNames,
  kCatalog,
  kLog,
  kDir,
  kHoles,
  kGroups,
  kTimers,
  kSchedule,
  kIdempotence,
  kState,
  kRoutes,
  kTrims,
  kPending,
  kJournal,
  kSpare1,
};
inline constexpr size_t kFamilies = 16;

const char* FamilyName(Family family);

// A key of fixed size.
template <size_t N>
struct FixedKey {
  std::array<char, N> bytes;
  std::string_view view() const { return {bytes.data(), N}; }
};
using LogKey = FixedKey<12>;
using DirKey = FixedKey<26>;
using CatalogKey = FixedKey<8>;
using TrimKey = FixedKey<10>;
using HolesKey = FixedKey<18>;
using TimerKey = FixedKey<17>;
using ScheduleKey = FixedKey<16>;
using GroupKey = FixedKey<16>;
using PendingKey = FixedKey<26>;
using JournalKey = FixedKey<18>;

// A half-open range of keys: [begin, end).
struct KeyRange {
  std::string begin;
  std::string end;
};

// Where a row of `log` stands.
struct LogLocation {
  uint64_t commit = 0;
  uint32_t slot = 0;

  friend auto operator<=>(const LogLocation&, const LogLocation&) = default;
};

// Instead of a partition's number: the stream was dropped.
inline constexpr uint16_t kDroppedMark = 0xffff;

// What a timer is for. On disk: never renumber.
enum class TimerKind : uint8_t {
  kRetention = 1,  // entries of the stream have come of age
  kExpiry = 2,     // the stream itself has
  kAbandoned = 3,  // the stream was never given its name: a copy that was cut short
};

struct Timer {
  uint64_t due_ms = 0;
  TimerKind kind = TimerKind::kRetention;
  StreamId stream;
};

struct RouteKey {
  uint8_t database = 0;
  std::string pattern;  // 65,535 bytes at most
  std::string stream;

  friend bool operator==(const RouteKey&, const RouteKey&) = default;
};

// One append that a producer may repeat.
struct IdempotenceKey {
  StreamId stream;
  std::string_view producer;  // 1..65,535 bytes
  Idempotence::Kind kind = Idempotence::Kind::kSequence;
  std::string_view id;  // empty with kSequence, else 1 byte or more
};

// The space of the family `state` that holds snapshots (evlog/snapshot.h).
inline constexpr std::string_view kSnapshotSpace = "evlog.snapshots";

LogKey EncodeLogKey(LogLocation location);
DirKey EncodeDirKey(PartitionId partition, EntryId first_id);
CatalogKey EncodeCatalogKey(StreamId stream);
std::string EncodeNameKey(uint8_t database, std::string_view name);
TrimKey EncodeTrimKey(PartitionId partition);
HolesKey EncodeHolesKey(PartitionId partition, uint64_t block);
TimerKey EncodeTimerKey(const Timer& timer);
ScheduleKey EncodeScheduleKey(const Ticket& ticket);
GroupKey EncodeGroupKey(GroupId group);
PendingKey EncodePendingKey(GroupId group, uint16_t partition, uint64_t block);
JournalKey EncodeJournalKey(GroupId group, uint16_t slot);
std::string EncodeRouteKey(const RouteKey& key);
std::string EncodeIdempotenceKey(const IdempotenceKey& key);
// The key, within the space kSnapshotSpace, of a stream's snapshot.
std::string SnapshotKey(StreamId stream);
// `space` has at most kStateSpaceBytesMax bytes.
std::string EncodeStateKey(uint8_t database, std::string_view space, std::string_view key);

// Errors: DATA_LOSS when the key has not the form of its family.
absl::StatusOr<LogLocation> DecodeLogKey(std::string_view key);
absl::Status DecodeDirKey(std::string_view key, PartitionId* partition, EntryId* first_id);
absl::StatusOr<StreamId> DecodeCatalogKey(std::string_view key);
absl::StatusOr<RouteKey> DecodeRouteKey(std::string_view key);
// The views are of `key`.
absl::StatusOr<IdempotenceKey> DecodeIdempotenceKey(std::string_view key);
// The part of a state key that the application gave.
absl::StatusOr<std::string_view> DecodeStateKey(std::string_view key);
absl::Status DecodeTrimKey(std::string_view key, PartitionId* partition);
absl::Status DecodeHolesKey(std::string_view key, PartitionId* partition, uint64_t* block);
absl::StatusOr<Timer> DecodeTimerKey(std::string_view key);
absl::StatusOr<Ticket> DecodeScheduleKey(std::string_view key);
absl::StatusOr<GroupId> DecodeGroupKey(std::string_view key);
absl::Status DecodePendingKey(std::string_view key, GroupId* group, uint16_t* partition,
                              uint64_t* block);
absl::Status DecodeJournalKey(std::string_view key, GroupId* group, uint16_t* slot);
absl::Status DecodeNameKey(std::string_view key, uint8_t* database, std::string_view* name);

// All rows of `dir` of one partition.
KeyRange DirRange(PartitionId partition);
// All rows of `dir` of one stream.
KeyRange DirRange(StreamId stream);
// The rows of `trims` of a stream, its mark included.
KeyRange TrimRange(StreamId stream);
// The blocks of `holes` of one partition, from `block` on.
KeyRange HolesRange(PartitionId partition, uint64_t block);
// The groups of a stream, in `groups`; and the rows of one in `pending` and in `journal`.
KeyRange GroupsRange(StreamId stream);
KeyRange GroupRange(GroupId group);
// The timers due up to and including `ms`.
KeyRange TimersUntil(uint64_t ms);
// The delayed appends from `from` on; and those below `until`.
KeyRange ScheduleRange(const Ticket& from);
KeyRange ScheduleRange(const Ticket& from, const Ticket& until);
// What is remembered of one producer of a stream.
KeyRange ProducerRange(StreamId stream, std::string_view producer);
// The routes to streams of one database.
KeyRange RouteRange(uint8_t database);
// The state rows of a space whose keys begin with `prefix` and are above `after`, if there is one.
KeyRange StateRange(uint8_t database, std::string_view space, std::string_view prefix,
                    std::optional<std::string_view> after);
// The names of one database that are above `after` (from the first one when it is empty).
KeyRange NameRange(uint8_t database, std::string_view after);

// Rows of the default family.
inline constexpr std::string_view kMetaLogId = "log_id";  // varint: random, of this log for ever
inline constexpr std::string_view kMetaNextStream = "next_stream";  // varint: id of the next stream
inline constexpr std::string_view kMetaLastCommit =
    "last_commit";  // varint: last commit without `log` rows
inline constexpr std::string_view kMetaSchedule = "schedule";    // see log/schedule_codec.h
inline constexpr std::string_view kMetaDatabases = "databases";  // the home of each, one byte each

}  // namespace evlog

#endif  // EVLOG_LOG_KEY_CODEC_H_
