#include "log/store/manifest.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "log/base/bytes.h"
#include "log/base/status.h"
#include "log/store/rocksdb_status.h"
#include "log/store/table_tail.h"
#include "log/store/wal_reader.h"

namespace evlog {
namespace {

// As the documentation of RocksDB's MANIFEST has them.
enum Tag : uint64_t {
  kComparator = 1,
  kLogNumber = 2,
  kNextFileNumber = 3,
  kLastSequence = 4,
  kCompactCursor = 5,
  kDeletedFile = 6,
  kPrevLogNumber = 9,
  kMinLogNumberToKeep = 10,
  kNewFile4 = 103,
  kColumnFamily = 200,
  kColumnFamilyAdd = 201,
  kColumnFamilyDrop = 202,
  kMaxColumnFamily = 203,
  kInAtomicGroup = 300,
  // Tags with this bit have a length, so that older versions can skip them.
  kSkippable = 1 << 13,
};

constexpr uint64_t kNumberBits = (uint64_t{1} << 62) - 1;

void SkipString(ByteReader* reader) { reader->ReadBytes(reader->ReadVarint32()); }

// Gives its number and its bytes.
std::pair<uint64_t, uint64_t> ReadNewFile(ByteReader* reader) {
  constexpr uint64_t kEndOfFields = 1;
  reader->ReadVarint();  // level
  // Above the bits of a number stands in which of several directories it is; there is one.
  const uint64_t number = reader->ReadVarint() & kNumberBits;
  const uint64_t bytes = reader->ReadVarint();
  SkipString(reader);    // smallest key
  SkipString(reader);    // largest key
  reader->ReadVarint();  // smallest sequence
  reader->ReadVarint();  // largest sequence
  while (reader->left() > 0 && reader->ReadVarint() != kEndOfFields) SkipString(reader);
  return {number, bytes};
}

struct Edit {
  ManifestSummary summary;
  std::optional<uint64_t> edits_to_come;  // in an atomic group
  std::vector<std::pair<uint64_t, uint64_t>> added;
  std::vector<uint64_t> deleted;
};

// Reads one (tag, value); false when the tag is unknown.
bool ReadField(ByteReader* reader, Edit* edit) {
  const uint64_t tag = reader->ReadVarint();
  switch (tag) {
    case kMinLogNumberToKeep:
      edit->summary.first_live_wal = reader->ReadVarint();
      return true;
    case kLastSequence:
      edit->summary.flushed_sequence = reader->ReadVarint();
      return true;
    case kNewFile4:
      edit->added.push_back(ReadNewFile(reader));
      return true;
    case kInAtomicGroup:
      edit->edits_to_come = reader->ReadVarint();
      return true;
    case kLogNumber:
    case kNextFileNumber:
    case kPrevLogNumber:
    case kColumnFamily:
    case kMaxColumnFamily:
      reader->ReadVarint();
      return true;
    case kDeletedFile:
      reader->ReadVarint();  // level
      edit->deleted.push_back(reader->ReadVarint());
      return true;
    case kCompactCursor:
      reader->ReadVarint();  // level
      SkipString(reader);
      return true;
    case kComparator:
    case kColumnFamilyAdd:
      SkipString(reader);
      return true;
    case kColumnFamilyDrop:
      return true;
    default:
      if ((tag & kSkippable) == 0) return false;
      SkipString(reader);
      return true;
  }
}

// Nothing where the bytes are no edit.
std::optional<Edit> ParseEdit(std::string_view record) {
  Edit edit;
  ByteReader reader(record);
  while (reader.left() > 0) {
    if (!ReadField(&reader, &edit)) return std::nullopt;
  }
  return reader.ok() ? std::optional(edit) : std::nullopt;
}

void Raise(const ManifestSummary& by, ManifestSummary* summary) {
  summary->first_live_wal = std::max(summary->first_live_wal, by.first_live_wal);
  summary->flushed_sequence = std::max(summary->flushed_sequence, by.flushed_sequence);
}

// The edits up to the end of a group count together.
class Edits {
 public:
  void Add(const Edit& edit) {
    Raise(edit.summary, &group_);
    changes_.push_back(edit);
    if (edit.edits_to_come.value_or(0) > 0) return;
    Raise(group_, &summary_);
    group_ = ManifestSummary();
    for (const Edit& change : changes_) {  // a table that moves is deleted and added
      for (const uint64_t number : change.deleted) tables_.erase(number);
      for (const auto& [number, bytes] : change.added) tables_[number] = bytes;
    }
    changes_.clear();
  }
  const ManifestSummary& summary() const { return summary_; }
  const ManifestTables& tables() const { return tables_; }

 private:
  ManifestSummary summary_;
  ManifestSummary group_;
  std::vector<Edit> changes_;  // of the group
  ManifestTables tables_;
};

absl::StatusOr<std::unique_ptr<rocksdb::FSSequentialFile>> OpenFile(rocksdb::FileSystem& fs,
                                                                    const std::string& path) {
  std::unique_ptr<rocksdb::FSSequentialFile> file;
  const rocksdb::IOStatus status =
      fs.NewSequentialFile(path, rocksdb::FileOptions(), &file, nullptr);
  if (!status.ok()) return FromRocksDb(status);
  return file;
}

// The file CURRENT holds the name of the MANIFEST and a line end.
absl::StatusOr<std::string> ReadCurrent(rocksdb::FileSystem& fs, const std::string& dir) {
  ASSIGN_OR_RETURN(const std::unique_ptr<rocksdb::FSSequentialFile> file,
                   OpenFile(fs, dir + "/CURRENT"));
  char buffer[64];
  rocksdb::Slice content;
  const rocksdb::IOStatus status =
      file->Read(sizeof buffer, rocksdb::IOOptions(), &content, buffer, nullptr);
  if (!status.ok()) return FromRocksDb(status);
  std::string name = content.ToString();
  while (!name.empty() && name.back() == '\n') name.pop_back();
  return name;
}

// For messages: what is wrong may as well be the MANIFEST, which may have lost its end.
std::string ManifestName(rocksdb::FileSystem& fs, const std::string& dir) {
  const absl::StatusOr<std::string> name = ReadCurrent(fs, dir);
  return name.ok() && !name->empty() ? *name : "the MANIFEST";
}

}  // namespace

absl::StatusOr<std::optional<ManifestSummary>> ReadManifest(rocksdb::FileSystem& fs,
                                                            const std::string& dir,
                                                            ManifestTables* tables) {
  const absl::StatusOr<std::string> name = ReadCurrent(fs, dir);
  if (absl::IsNotFound(name.status())) return std::nullopt;
  if (!name.ok()) return Annotate(name.status(), dir + "/CURRENT");
  if (name->rfind("MANIFEST-", 0) != 0) {
    return DataLoss("{}/CURRENT names {}, which is no MANIFEST", dir, Quoted(*name));
  }
  const std::string path = dir + "/" + *name;
  auto file = OpenFile(fs, path);
  if (absl::IsNotFound(file.status()))
    return DataLoss("{}/CURRENT names {}, which is missing", dir, Quoted(*name));
  if (!file.ok()) return Annotate(file.status(), path);

  Edits edits;
  // RocksDB holds each edit in memory as well; one can name all tables.
  WalReader reader(*std::move(file), SIZE_MAX);
  while (true) {
    absl::StatusOr<WalEvent> event = reader.Next();
    if (!event.ok()) return Annotate(event.status(), path);
    if (event->kind == WalEvent::Kind::kDamage && !event->cut_short) {
      return DataLoss("{} is damaged at byte {}: {}", path, event->offset, event->problem);
    }
    if (event->kind != WalEvent::Kind::kRecord) {
      if (tables != nullptr) *tables = edits.tables();
      return edits.summary();
    }
    const std::optional<Edit> edit = ParseEdit(event->head);
    if (!edit.has_value()) {
      return DataLoss("{} is damaged at byte {}: the record is no edit", path, event->offset);
    }
    edits.Add(*edit);
  }
}

absl::StatusOr<std::optional<std::string>> CheckTables(rocksdb::FileSystem& fs,
                                                       const std::string& dir,
                                                       const ManifestTables& tables) {
  for (const auto& [number, bytes] : tables) {
    const std::string path = fmt::format("{}/{:06}.sst", dir, number);
    uint64_t found = 0;
    const rocksdb::IOStatus status = fs.GetFileSize(path, rocksdb::IOOptions(), &found, nullptr);
    if (status.IsNotFound() || status.IsPathNotFound()) {
      return fmt::format("{} is missing, though {} names it", path, ManifestName(fs, dir));
    }
    if (!status.ok()) return Annotate(FromRocksDb(status), path);
    if (found != bytes) {
      return fmt::format("{} has {} bytes, though {} says {}", path, found, ManifestName(fs, dir),
                         bytes);
    }
    ASSIGN_OR_RETURN(std::optional<std::string> wrong, CheckTableTail(fs, path));
    if (wrong) return wrong;
  }
  return std::nullopt;
}

}  // namespace evlog
