#include "log/store/marker.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include "log/base/status.h"
#include "log/store/file_tools.h"
#include "log/store/rocksdb_status.h"
#include "log/store/store.h"

namespace evlog {

namespace {

using rocksdb::IOStatus;

constexpr std::string_view kPrefix = "evlog format ";
constexpr std::string_view kIdPrefix = "log ";
constexpr std::string_view kSyncedPrefix = "synced ";
constexpr size_t kIdDigits = 16;
constexpr size_t kBytesMax = 128;

std::string PathOf(const std::string& directory) { return directory + "/EVLOG"; }

std::string Format(Marker marker) {
  std::string text = fmt::format("{}{}\n", kPrefix, kFormatVersion);
  if (marker.log_id != 0) text += fmt::format("{}{:0{}x}\n", kIdPrefix, marker.log_id, kIdDigits);
  if (marker.log_id != 0 && marker.synced != 0) {
    text += fmt::format("{}{}\n", kSyncedPrefix, marker.synced);
  }
  return text;
}

// "synced 4711\n"; 0 when it is not.
uint64_t ParseSynced(std::string_view line) {
  constexpr size_t kDigitsMax = 19;
  if (!line.starts_with(kSyncedPrefix) || line.back() != '\n') return 0;
  const std::string_view digits =
      line.substr(kSyncedPrefix.size(), line.size() - kSyncedPrefix.size() - 1);
  if (digits.empty() || digits.size() > kDigitsMax || digits.front() == '0') return 0;
  uint64_t commit = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return 0;
    commit = commit * 10 + static_cast<uint64_t>(c - '0');
  }
  return commit;
}

// "log 00f1e2d3c4b5a697\n", or nothing; 0 when it is neither.
uint64_t ParseLogId(std::string_view line) {
  if (line.size() != kIdPrefix.size() + kIdDigits + 1) return 0;
  if (line.substr(0, kIdPrefix.size()) != kIdPrefix || line.back() != '\n') return 0;
  uint64_t id = 0;
  for (const char c : line.substr(kIdPrefix.size(), kIdDigits)) {
    if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) return 0;
    id = id << 4 | static_cast<uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
  }
  return id;
}

absl::StatusOr<Marker> Parse(const std::string& directory, std::string_view text) {
  const size_t end = text.find('\n');
  const auto malformed = [&] {
    return DataLoss("{}: {} is not what evlog writes there", PathOf(directory), Quoted(text));
  };
  if (end == std::string_view::npos || text.substr(0, kPrefix.size()) != kPrefix) {
    return malformed();
  }
  // Before all else: what another format has behind it is its own.
  const std::string_view version = text.substr(kPrefix.size(), end - kPrefix.size());
  if (version != std::to_string(kFormatVersion)) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "{}: has format {}, this evlog reads and writes format {}; use the evlog that "
                 "wrote it",
                 PathOf(directory), version, kFormatVersion);
  }
  const std::string_view rest = text.substr(end + 1);
  Marker marker;
  if (rest.empty()) return marker;
  const size_t second = std::min(rest.find('\n'), rest.size() - 1) + 1;
  marker.log_id = ParseLogId(rest.substr(0, second));
  if (marker.log_id == 0) return malformed();
  if (second == rest.size()) return marker;
  marker.synced = ParseSynced(rest.substr(second));
  if (marker.synced == 0) return malformed();
  return marker;
}

}  // namespace

absl::StatusOr<std::optional<Marker>> ReadMarker(rocksdb::FileSystem& fs,
                                                 const std::string& directory) {
  std::unique_ptr<rocksdb::FSSequentialFile> file;
  const IOStatus opened = fs.NewSequentialFile(PathOf(directory), {}, &file, nullptr);
  if (opened.IsNotFound() || opened.IsPathNotFound()) return std::nullopt;
  RETURN_IF_ERROR(FromRocksDb(opened));
  char scratch[kBytesMax];
  rocksdb::Slice read;
  RETURN_IF_ERROR(FromRocksDb(file->Read(sizeof scratch, {}, &read, scratch, nullptr)));
  ASSIGN_OR_RETURN(const Marker marker, Parse(directory, {read.data(), read.size()}));
  return marker;
}

absl::Status WriteMarker(rocksdb::FileSystem& fs, const std::string& directory, Marker marker) {
  return ReplaceFile(fs, PathOf(directory), directory + "/" + kMarkerTemporary, Format(marker));
}

}  // namespace evlog
