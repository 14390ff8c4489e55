#include "log/store/backup_target.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "log/base/status.h"
#include "log/store/file_tools.h"
#include "log/store/rocksdb_status.h"
#include "log/store/store.h"

namespace evlog {

namespace {

constexpr std::string_view kMarkerLine = "evlog backups 1";

// "WORDS number\n" off the front of the text.
std::optional<uint64_t> TakeLine(std::string_view words, int base, std::string_view* text) {
  if (!text->starts_with(words)) return std::nullopt;
  uint64_t value = 0;
  const char* const begin = text->data() + words.size();
  const char* const end = text->data() + text->size();
  const auto [at, error] = std::from_chars(begin, end, value, base);
  if (error != std::errc() || at == end || *at != '\n') return std::nullopt;
  text->remove_prefix(static_cast<size_t>(at - text->data()) + 1);
  return value;
}

absl::StatusOr<std::string> ReadFile(rocksdb::FileSystem& fs, const std::string& path) {
  constexpr size_t kBytesMax = 256;
  std::unique_ptr<rocksdb::FSSequentialFile> file;
  RETURN_IF_ERROR(FromRocksDb(fs.NewSequentialFile(path, {}, &file, nullptr)));
  char scratch[kBytesMax];
  rocksdb::Slice read;
  RETURN_IF_ERROR(FromRocksDb(file->Read(sizeof scratch, {}, &read, scratch, nullptr)));
  return read.ToString();
}

}  // namespace

std::string EncodeBackupNote(const BackupNote& note) {
  return fmt::format("evlog format {}\nlog {:016x}\ncommit {}\n", note.format, note.log_id,
                     note.last_commit);
}

absl::StatusOr<BackupNote> DecodeBackupNote(std::string_view text) {
  std::string_view left = text;
  const std::optional<uint64_t> format = TakeLine("evlog format ", 10, &left);
  const std::optional<uint64_t> log_id = TakeLine("log ", 16, &left);
  const std::optional<uint64_t> commit = TakeLine("commit ", 10, &left);
  if (!format || !log_id || !commit || !left.empty()) {
    return DataLoss("the note of a backup, {}, is not what evlog writes there", Quoted(text));
  }
  return BackupNote{static_cast<uint32_t>(*format), *log_id, *commit};
}

std::shared_ptr<rocksdb::FileSystem> FileSystemOf(const StoreEnvironment& environment) {
  return environment.file_system ? environment.file_system : rocksdb::FileSystem::Default();
}

absl::Status BackupTarget::Own() {
  if (directory_.empty()) return InvalidArgument("the target's name is empty");
  if (!fs_->FileExists(directory_, {}, nullptr).ok()) {
    const rocksdb::IOStatus made = fs_->CreateDirIfMissing(directory_, {}, nullptr);
    RETURN_IF_ERROR(Annotate(FromRocksDb(made), directory_));
  }
  ASSIGN_OR_RETURN(const uint64_t log_id, ReadMarker());
  if (log_id == 0) {
    std::vector<std::string> children;
    RETURN_IF_ERROR(FromRocksDb(fs_->GetChildren(directory_, {}, &children, nullptr)));
    for (const std::string& child : children) {
      // What a first backup leaves that was interrupted.
      if (child == "." || child == ".." || child == "LOCK" || child == "staging") continue;
      if (child == "EVLOG-BACKUPS.new") continue;
      return Error(absl::StatusCode::kFailedPrecondition,
                   "{}: not a directory of backups (it holds {}, and no file EVLOG-BACKUPS)",
                   directory_, Quoted(child));
    }
  }
  RETURN_IF_ERROR(Annotate(lock_.Acquire(fs_.get(), directory_), "the target is in use"));
  return RemoveStaging();
}

absl::Status BackupTarget::Claim(uint64_t log_id) {
  ASSIGN_OR_RETURN(const uint64_t owner, ReadMarker());
  if (owner == log_id) return absl::OkStatus();
  if (owner != 0) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "{}: holds backups of log {:016x}, this is log {:016x}; each log needs a "
                 "directory of its own",
                 directory_, owner, log_id);
  }
  return ReplaceFile(*fs_, marker_path(), marker_path() + ".new",
                     fmt::format("{}\nlog {:016x}\n", kMarkerLine, log_id));
}

absl::Status BackupTarget::Check() const {
  if (!fs_->FileExists(directory_, {}, nullptr).ok()) {
    return Error(absl::StatusCode::kNotFound, "{}: no such directory", directory_);
  }
  ASSIGN_OR_RETURN(const uint64_t log_id, ReadMarker());
  if (log_id != 0) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition,
               "{}: not a directory of backups (there is no file EVLOG-BACKUPS)", directory_);
}

absl::Status BackupTarget::RemoveStaging() const {
  std::error_code error;  // nothing that anybody needs, so not by way of the tests' file system
  std::filesystem::remove_all(staging(), error);
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(fmt::format("{}: {}", staging(), error.message()));
}

rocksdb::BackupEngineOptions BackupTarget::EngineOptions(rocksdb::Env* env) const {
  return rocksdb::BackupEngineOptions(directory_, env);
}

absl::StatusOr<uint64_t> BackupTarget::ReadMarker() const {
  const absl::StatusOr<std::string> text = ReadFile(*fs_, marker_path());
  if (absl::IsNotFound(text.status())) return 0;
  RETURN_IF_ERROR(text.status());
  std::string_view left = *text;
  if (left.starts_with("evlog backups ") && !left.starts_with(kMarkerLine)) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "{}: another evlog made these backups; use that one", directory_);
  }
  if (!left.starts_with(fmt::format("{}\n", kMarkerLine))) {
    return DataLoss("{}: {} is not what evlog writes there", marker_path(), Quoted(*text));
  }
  left.remove_prefix(kMarkerLine.size() + 1);
  const std::optional<uint64_t> log_id = TakeLine("log ", 16, &left);
  if (!log_id || *log_id == 0 || !left.empty()) {
    return DataLoss("{}: {} is not what evlog writes there", marker_path(), Quoted(*text));
  }
  return *log_id;
}

absl::StatusOr<std::vector<BackupInfo>> ListOf(const rocksdb::BackupEngineReadOnlyBase& engine,
                                               const std::string& directory) {
  std::vector<rocksdb::BackupInfo> whole;
  engine.GetBackupInfo(&whole);
  std::vector<rocksdb::BackupID> damaged;
  engine.GetCorruptedBackups(&damaged);
  std::vector<BackupInfo> backups;
  for (const rocksdb::BackupInfo& found : whole) {
    absl::StatusOr<BackupNote> note = DecodeBackupNote(found.app_metadata);
    if (!note.ok()) {
      return Annotate(note.status(), fmt::format("{}: backup {}", directory, found.backup_id));
    }
    BackupInfo& backup = backups.emplace_back();
    backup.id = found.backup_id;
    // Looks whether its files are there, and reads none.
    backup.damaged = !engine.VerifyBackup(found.backup_id, false).ok();
    backup.taken = absl::FromUnixSeconds(found.timestamp);
    backup.log_id = note->log_id;
    backup.format = note->format;
    backup.last_commit = note->last_commit;
    backup.bytes = found.size;
  }
  for (const rocksdb::BackupID id : damaged) {
    BackupInfo& backup = backups.emplace_back();
    backup.id = id;
    backup.damaged = true;
  }
  std::sort(backups.begin(), backups.end(),
            [](const BackupInfo& a, const BackupInfo& b) { return a.id < b.id; });
  return backups;
}

absl::StatusOr<std::unique_ptr<rocksdb::BackupEngineReadOnly>> OpenForReading(
    const BackupTarget& target, rocksdb::Env* backup_env, rocksdb::Env* db_env,
    uint64_t bytes_per_second) {
  rocksdb::BackupEngineOptions options = target.EngineOptions(backup_env);
  options.restore_rate_limit = bytes_per_second;
  rocksdb::BackupEngineReadOnly* engine = nullptr;
  RETURN_IF_ERROR(
      Annotate(FromRocksDb(rocksdb::BackupEngineReadOnly::Open(options, db_env, &engine)),
               target.directory()));
  return std::unique_ptr<rocksdb::BackupEngineReadOnly>(engine);
}

absl::StatusOr<BackupInfo> Choose(const std::vector<BackupInfo>& backups, uint64_t id,
                                  const std::string& directory) {
  if (backups.empty()) {
    return Error(absl::StatusCode::kNotFound, "{}: holds no complete backup", directory);
  }
  const auto chosen =
      id == 0 ? std::prev(backups.end())
              : std::find_if(backups.begin(), backups.end(),
                             [id](const BackupInfo& backup) { return backup.id == id; });
  if (chosen == backups.end()) {
    return Error(absl::StatusCode::kNotFound, "{}: there is no backup {}; there are {} to {}",
                 directory, id, backups.front().id, backups.back().id);
  }
  if (chosen->damaged) {
    return DataLoss("{}: backup {} is damaged: files of it are missing", directory, chosen->id);
  }
  return *chosen;
}

}  // namespace evlog
