#include "cli/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <vector>

#include "cli/encode.h"
#include "cli/json_object_reader.h"
#include "cli/size.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr size_t kFileBytesMax = size_t{1} << 20;

absl::Status FileError(const std::string& path, const char* doing) {
  const int error = errno;
  const auto code = error == ENOSPC || error == EDQUOT ? absl::StatusCode::kResourceExhausted
                                                       : absl::StatusCode::kUnavailable;
  return Error(code, "checkpoint {}: {}: {}", path, doing, strerror(error));
}

// Closes the descriptor of a file at the end of a block.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

absl::Status WriteSynced(const std::string& path, std::string_view bytes) {
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (file.get() < 0) return FileError(path, "opening");
  while (!bytes.empty()) {
    const ssize_t written = write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FileError(path, "writing");
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(file.get()) == 0 ? absl::OkStatus() : FileError(path, "syncing");
}

absl::Status SyncDirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Descriptor opened(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() < 0 || fsync(opened.get()) != 0) return FileError(directory, "syncing");
  return absl::OkStatus();
}

absl::StatusOr<Checkpoint> ParseCheckpoint(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  JsonObjectReader reader;
  std::vector<FieldView> members;
  RETURN_IF_ERROR(reader.Read(text, &members));
  // All of them: without `done`, for one, it would begin anew.
  constexpr std::string_view kMembers[] = {"evlog_replay", "key", "from", "to", "done"};
  std::string values[std::size(kMembers)];
  for (size_t i = 0; i < std::size(kMembers); ++i) {
    const auto member = std::find_if(members.begin(), members.end(), [&](const FieldView& each) {
      return each.name == kMembers[i];
    });
    if (member == members.end()) {
      return InvalidArgument("it is no checkpoint of a replay: {} is missing", Quoted(kMembers[i]));
    }
    values[i] = member->value;
  }
  if (values[0] != "1") {
    return InvalidArgument("it is a checkpoint of version {} of replay", Quoted(values[0]));
  }
  ASSIGN_OR_RETURN(const Progress progress, Progress::Parse(values[4]));
  return Checkpoint{values[1], values[2], values[3], progress};
}

}  // namespace

std::string Progress::ToString() const {
  if (position != Position()) return fmt::format("@{} {}", position.ToString(), entries);
  return fmt::format("{} {}", last.ToString(), entries);
}

absl::StatusOr<Progress> Progress::Parse(std::string_view text) {
  const size_t space = text.find(' ');
  if (space != std::string_view::npos) {
    const absl::StatusOr<uint64_t> entries = ParseCount(text.substr(space + 1));
    if (text.starts_with('@')) {
      const absl::StatusOr<Position> position = Position::Parse(text.substr(1, space - 1));
      if (position.ok() && entries.ok()) return Progress{EntryId::Min(), *entries, *position};
    } else {
      const absl::StatusOr<EntryId> last = EntryId::Parse(text.substr(0, space));
      if (last.ok() && entries.ok()) return Progress{*last, *entries};
    }
  }
  return DataLoss("{} does not say how far the replay has come", Quoted(text));
}

std::string MakeCheckpointKey() {
  std::random_device random;
  std::string key;
  for (int i = 0; i < 4; ++i) fmt::format_to(std::back_inserter(key), "{:08x}", random());
  return key;
}

absl::StatusOr<std::optional<Checkpoint>> ReadCheckpoint(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    if (errno == ENOENT) return std::optional<Checkpoint>();
    return FileError(path, "opening");
  }
  std::string text(kFileBytesMax, '\0');
  size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = read(file.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError(path, "reading");
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  absl::StatusOr<Checkpoint> checkpoint = ParseCheckpoint(std::string_view(text).substr(0, size));
  if (!checkpoint.ok()) {
    return DataLoss("checkpoint {}: {}", path, MessageOf(checkpoint.status()));
  }
  return *std::move(checkpoint);
}

absl::Status WriteCheckpoint(const std::string& path, const Checkpoint& checkpoint) {
  std::string text = "{\"evlog_replay\":1,\"key\":";
  AppendJsonString(checkpoint.key, &text);
  text += ",\"from\":";
  AppendJsonString(checkpoint.from, &text);
  text += ",\"to\":";
  AppendJsonString(checkpoint.to, &text);
  text += ",\"done\":";
  AppendJsonString(checkpoint.progress.ToString(), &text);
  text += "}\n";
  const std::string draft = path + ".tmp";
  RETURN_IF_ERROR(WriteSynced(draft, text));
  if (rename(draft.c_str(), path.c_str()) != 0) return FileError(path, "renaming");
  return SyncDirectoryOf(path);
}

}  // namespace evlog::cli
