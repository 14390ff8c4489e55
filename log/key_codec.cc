#include "log/key_codec.h"

#include "log/base/bytes.h"
#include "log/base/status.h"

namespace evlog {

namespace {

// On disk: never rename, never reorder against Family.
constexpr std::array<const char*, kFamilies> kFamilyNames = {
    "default",  "names",       "catalog", "log",    "dir",    "holes",  "groups", "timers",
    "schedule", "idempotence", "state",   "routes", "spare0", "spare1", "spare2", "spare3",
};

constexpr size_t kPartitionKeyBytes = 10;

char* PutPartition(char* p, PartitionId partition) {
  return PutBig16(PutBig64(p, partition.stream.value()), partition.partition);
}

absl::Status WrongSize(const char* family, std::string_view key) {
  return DataLoss("key {} of family {} has {} bytes", Quoted(key), family, key.size());
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

KeyRange NameRange(uint8_t database, std::string_view after) {
  KeyRange range;
  range.begin = EncodeNameKey(database, after);
  if (!after.empty()) range.begin.push_back('\0');  // the first name above `after`
  range.end = std::string(1, static_cast<char>(database + 1));
  return range;
}

}  // namespace evlog
