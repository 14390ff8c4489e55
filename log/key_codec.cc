#include "log/key_codec.h"

#include <algorithm>

#include "log/base/bytes.h"
#include "log/base/status.h"

namespace evlog {

namespace {

// On disk: never rename, never reorder against Family.
constexpr std::array<const char*, kFamilies> kFamilyNames = {
    "default",  "names",       "catalog", "log",    "dir",   "holes",   "groups",  "timers",
    "schedule", "idempotence", "state",   "routes", "trims", "pending", "journal", "spare1",
};

constexpr size_t kPartitionKeyBytes = 10;

char* PutPartition(char* p, PartitionId partition) {
  return PutBig16(PutBig64(p, partition.stream.value()), partition.partition);
}

absl::Status WrongSize(const char* family, std::string_view key) {
  return DataLoss("key {} of family {} has {} bytes", Quoted(key), family, key.size());
}

char* PutGroup(char* p, GroupId group) {
  return PutBig64(PutBig64(p, group.stream.value()), group.group.value());
}

GroupId GetGroup(std::string_view key) {
  return {StreamId(GetBig64(key.data())), GroupNumber(GetBig64(key.data() + sizeof(uint64_t)))};
}

}  // namespace

const char* FamilyName(Family family) { return kFamilyNames[static_cast<size_t>(family)]; }

LogKey EncodeLogKey(LogLocation location) {
  LogKey key;
  PutBig32(PutBig64(key.bytes.data(), location.commit), location.slot);
  return key;
}

DirKey EncodeDirKey(PartitionId partition, EntryId first_id) {
  DirKey key;
  PutBig64(PutBig64(PutPartition(key.bytes.data(), partition), first_id.ms), first_id.seq);
  return key;
}

CatalogKey EncodeCatalogKey(StreamId stream) {
  CatalogKey key;
  PutBig64(key.bytes.data(), stream.value());
  return key;
}

std::string EncodeNameKey(uint8_t database, std::string_view name) {
  std::string key(1, static_cast<char>(database));
  key.append(name);
  return key;
}

TrimKey EncodeTrimKey(PartitionId partition) {
  TrimKey key;
  PutPartition(key.bytes.data(), partition);
  return key;
}

HolesKey EncodeHolesKey(PartitionId partition, uint64_t block) {
  HolesKey key;
  PutBig64(PutPartition(key.bytes.data(), partition), block);
  return key;
}

TimerKey EncodeTimerKey(const Timer& timer) {
  TimerKey key;
  char* p = PutBig64(key.bytes.data(), timer.due_ms);
  *p++ = static_cast<char>(timer.kind);
  PutBig64(p, timer.stream.value());
  return key;
}

ScheduleKey EncodeScheduleKey(const Ticket& ticket) {
  ScheduleKey key;
  PutBig64(PutBig64(key.bytes.data(), ticket.ms), ticket.number);
  return key;
}

GroupKey EncodeGroupKey(GroupId group) {
  GroupKey key;
  PutGroup(key.bytes.data(), group);
  return key;
}

PendingKey EncodePendingKey(GroupId group, uint16_t partition, uint64_t block) {
  PendingKey key;
  PutBig64(PutBig16(PutGroup(key.bytes.data(), group), partition), block);
  return key;
}

JournalKey EncodeJournalKey(GroupId group, uint16_t slot) {
  JournalKey key;
  PutBig16(PutGroup(key.bytes.data(), group), slot);
  return key;
}

std::string SnapshotKey(StreamId stream) {
  std::string key(sizeof(uint64_t), '\0');
  PutBig64(key.data(), stream.value());
  return key;
}

std::string EncodeStateKey(uint8_t database, std::string_view space, std::string_view key) {
  std::string encoded(1 + sizeof(uint16_t), '\0');
  encoded[0] = static_cast<char>(database);
  PutBig16(encoded.data() + 1, static_cast<uint16_t>(space.size()));
  encoded.append(space);
  encoded.append(key);
  return encoded;
}

absl::StatusOr<std::string_view> DecodeStateKey(std::string_view key) {
  if (key.size() < 1 + sizeof(uint16_t)) return WrongSize("state", key);
  const size_t before = 1 + sizeof(uint16_t) + GetBig16(key.data() + 1);
  if (key.size() < before) return WrongSize("state", key);
  return key.substr(before);
}

std::string EncodeRouteKey(const RouteKey& key) {
  std::string encoded(1 + sizeof(uint16_t), '\0');
  encoded[0] = static_cast<char>(key.database);
  PutBig16(encoded.data() + 1, static_cast<uint16_t>(key.pattern.size()));
  encoded.append(key.pattern);
  encoded.append(key.stream);
  return encoded;
}

absl::StatusOr<RouteKey> DecodeRouteKey(std::string_view key) {
  constexpr size_t kBefore = 1 + sizeof(uint16_t);
  if (key.size() < kBefore) return WrongSize("routes", key);
  const size_t pattern_bytes = GetBig16(key.data() + 1);
  if (key.size() <= kBefore + pattern_bytes) return WrongSize("routes", key);
  RouteKey route;
  route.database = static_cast<uint8_t>(key[0]);
  route.pattern = key.substr(kBefore, pattern_bytes);
  route.stream = key.substr(kBefore + pattern_bytes);
  return route;
}

namespace {

std::string EncodeProducer(StreamId stream, std::string_view producer) {
  std::string encoded(sizeof(uint64_t) + sizeof(uint16_t), '\0');
  PutBig16(PutBig64(encoded.data(), stream.value()), static_cast<uint16_t>(producer.size()));
  encoded.append(producer);
  return encoded;
}

}  // namespace

std::string EncodeIdempotenceKey(const IdempotenceKey& key) {
  std::string encoded = EncodeProducer(key.stream, key.producer);
  encoded.push_back(static_cast<char>(key.kind));
  encoded.append(key.id);
  return encoded;
}

absl::StatusOr<IdempotenceKey> DecodeIdempotenceKey(std::string_view key) {
  constexpr size_t kBefore = sizeof(uint64_t) + sizeof(uint16_t);
  if (key.size() < kBefore) return WrongSize("idempotence", key);
  const size_t producer_bytes = GetBig16(key.data() + sizeof(uint64_t));
  if (producer_bytes == 0 || key.size() <= kBefore + producer_bytes) {
    return WrongSize("idempotence", key);
  }
  IdempotenceKey decoded;
  decoded.stream = StreamId(GetBig64(key.data()));
  decoded.producer = key.substr(kBefore, producer_bytes);
  decoded.kind = static_cast<Idempotence::Kind>(key[kBefore + producer_bytes]);
  decoded.id = key.substr(kBefore + producer_bytes + 1);
  switch (decoded.kind) {
    case Idempotence::Kind::kSequence:
      if (!decoded.id.empty()) return WrongSize("idempotence", key);
      return decoded;
    case Idempotence::Kind::kId:
    case Idempotence::Kind::kContent:
      if (decoded.id.empty()) return WrongSize("idempotence", key);
      return decoded;
  }
  return DataLoss("key {} of family idempotence has an unknown kind", Quoted(key));
}

absl::StatusOr<LogLocation> DecodeLogKey(std::string_view key) {
  if (key.size() != sizeof(LogKey)) return WrongSize("log", key);
  return LogLocation{GetBig64(key.data()), GetBig32(key.data() + 8)};
}

absl::Status DecodeDirKey(std::string_view key, PartitionId* partition, EntryId* first_id) {
  if (key.size() != sizeof(DirKey)) return WrongSize("dir", key);
  const char* p = key.data();
  *partition = PartitionId{StreamId(GetBig64(p)), GetBig16(p + 8)};
  *first_id = EntryId{GetBig64(p + kPartitionKeyBytes), GetBig64(p + kPartitionKeyBytes + 8)};
  return absl::OkStatus();
}

absl::StatusOr<StreamId> DecodeCatalogKey(std::string_view key) {
  if (key.size() != sizeof(CatalogKey)) return WrongSize("catalog", key);
  return StreamId(GetBig64(key.data()));
}

absl::Status DecodeTrimKey(std::string_view key, PartitionId* partition) {
  if (key.size() != sizeof(TrimKey)) return WrongSize("trims", key);
  *partition = PartitionId{StreamId(GetBig64(key.data())), GetBig16(key.data() + 8)};
  return absl::OkStatus();
}

absl::Status DecodeHolesKey(std::string_view key, PartitionId* partition, uint64_t* block) {
  if (key.size() != sizeof(HolesKey)) return WrongSize("holes", key);
  *partition = PartitionId{StreamId(GetBig64(key.data())), GetBig16(key.data() + 8)};
  *block = GetBig64(key.data() + kPartitionKeyBytes);
  return absl::OkStatus();
}

absl::StatusOr<Timer> DecodeTimerKey(std::string_view key) {
  if (key.size() != sizeof(TimerKey)) return WrongSize("timers", key);
  Timer timer{GetBig64(key.data()), static_cast<TimerKind>(key[8]),
              StreamId(GetBig64(key.data() + 9))};
  switch (timer.kind) {
    case TimerKind::kRetention:
    case TimerKind::kExpiry:
    case TimerKind::kAbandoned:
      return timer;
  }
  return DataLoss("key {} of family timers has an unknown kind", Quoted(key));
}

absl::StatusOr<Ticket> DecodeScheduleKey(std::string_view key) {
  if (key.size() != sizeof(ScheduleKey)) return WrongSize("schedule", key);
  return Ticket{GetBig64(key.data()), GetBig64(key.data() + sizeof(uint64_t))};
}

absl::StatusOr<GroupId> DecodeGroupKey(std::string_view key) {
  if (key.size() != sizeof(GroupKey)) return WrongSize("groups", key);
  return GetGroup(key);
}

absl::Status DecodePendingKey(std::string_view key, GroupId* group, uint16_t* partition,
                              uint64_t* block) {
  if (key.size() != sizeof(PendingKey)) return WrongSize("pending", key);
  *group = GetGroup(key);
  *partition = GetBig16(key.data() + sizeof(GroupKey));
  *block = GetBig64(key.data() + sizeof(GroupKey) + 2);
  return absl::OkStatus();
}

absl::Status DecodeJournalKey(std::string_view key, GroupId* group, uint16_t* slot) {
  if (key.size() != sizeof(JournalKey)) return WrongSize("journal", key);
  *group = GetGroup(key);
  *slot = GetBig16(key.data() + sizeof(GroupKey));
  return absl::OkStatus();
}

absl::Status DecodeNameKey(std::string_view key, uint8_t* database, std::string_view* name) {
  if (key.size() < 2) return WrongSize("names", key);
  *database = static_cast<uint8_t>(key[0]);
  *name = key.substr(1);
  return absl::OkStatus();
}

KeyRange DirRange(PartitionId partition) {
  KeyRange range;
  range.begin.resize(kPartitionKeyBytes);
  PutPartition(range.begin.data(), partition);
  // The largest partition number of a stream is far below 2^16 - 1, so adding one never carries.
  partition.partition++;
  range.end.resize(kPartitionKeyBytes);
  PutPartition(range.end.data(), partition);
  return range;
}

KeyRange DirRange(StreamId stream) {
  KeyRange range;
  range.begin.resize(sizeof(uint64_t));
  PutBig64(range.begin.data(), stream.value());
  range.end = range.begin + std::string(sizeof(uint16_t) + 1, '\xff');  // above any partition
  return range;
}

KeyRange TrimRange(StreamId stream) { return DirRange(stream); }

KeyRange HolesRange(PartitionId partition, uint64_t block) {
  KeyRange range = DirRange(partition);
  range.begin = std::string(EncodeHolesKey(partition, block).view());
  return range;
}

KeyRange GroupsRange(StreamId stream) {
  KeyRange range;
  range.begin.resize(sizeof(uint64_t));
  PutBig64(range.begin.data(), stream.value());
  range.end.resize(sizeof(uint64_t));
  PutBig64(range.end.data(), stream.value() + 1);
  return range;
}

KeyRange GroupRange(GroupId group) {
  KeyRange range;
  range.begin = std::string(EncodeGroupKey(group).view());
  range.end =
      std::string(EncodeGroupKey({group.stream, GroupNumber(group.group.value() + 1)}).view());
  return range;
}

KeyRange TimersUntil(uint64_t ms) {
  KeyRange range;
  range.end.resize(sizeof(uint64_t));
  PutBig64(range.end.data(), ms);
  range.end += std::string(sizeof(TimerKey) - sizeof(uint64_t) + 1, '\xff');
  return range;
}

KeyRange ScheduleRange(const Ticket& from) {
  return {std::string(EncodeScheduleKey(from).view()), {}};  // to the last row of the family
}

KeyRange ScheduleRange(const Ticket& from, const Ticket& until) {
  return {std::string(EncodeScheduleKey(from).view()),
          std::string(EncodeScheduleKey(until).view())};
}

KeyRange ProducerRange(StreamId stream, std::string_view producer) {
  KeyRange range;
  range.begin = range.end = EncodeProducer(stream, producer);
  range.end.push_back('\xff');  // above any kind
  return range;
}

KeyRange RouteRange(uint8_t database) {
  // No database has the number 255, so adding one never carries (Catalog::CheckDatabase).
  return {std::string(1, static_cast<char>(database)),
          std::string(1, static_cast<char>(database + 1))};
}

KeyRange StateRange(uint8_t database, std::string_view space, std::string_view prefix,
                    std::optional<std::string_view> after) {
  KeyRange range;
  range.end = range.begin = EncodeStateKey(database, space, prefix);
  // The first key above all that begin so. The first byte is not 0xff, so there is one.
  while (static_cast<unsigned char>(range.end.back()) == 0xff) range.end.pop_back();
  ++range.end.back();
  if (after) {
    range.begin = std::max(range.begin, EncodeStateKey(database, space, *after) + '\0');
  }
  return range;
}

KeyRange NameRange(uint8_t database, std::string_view after) {
  KeyRange range;
  range.begin = EncodeNameKey(database, after);
  if (!after.empty()) range.begin.push_back('\0');  // the first name above `after`
  // No database has the number 255, so adding one never carries (Catalog::CheckDatabase).
  range.end = std::string(1, static_cast<char>(database + 1));
  return range;
}

}  // namespace evlog
