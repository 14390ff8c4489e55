// evlog info: the log as a whole, or one stream, partition by partition.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "cli/command.h"
#include "cli/encode.h"
#include "cli/stream_report.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

// What the files of a directory take, those that come and go meanwhile as they happen to be found.
uint64_t BytesOfFiles(const std::string& directory) {
  uint64_t bytes = 0;
  std::error_code error;
  std::filesystem::recursive_directory_iterator file(directory, error);
  while (!error && file != std::filesystem::recursive_directory_iterator()) {
    std::error_code gone;
    if (file->is_regular_file(gone)) {
      const uint64_t size = file->file_size(gone);
      if (!gone) bytes += size;
    }
    file.increment(error);
  }
  return bytes;
}

// The databases that have streams.
absl::StatusOr<std::vector<int>> UsedDatabases(EventLog& log) {
  ListOptions any;
  any.limit = 1;
  std::vector<int> used;
  for (int database = 0; database < static_cast<int>(kDatabases); ++database) {
    ASSIGN_OR_RETURN(const std::unique_ptr<EventLog> part, log.InDatabase(database));
    ASSIGN_OR_RETURN(const auto streams, part->ListStreams(any));
    if (!streams.empty()) used.push_back(database);
  }
  return used;
}

// The id of the oldest entry that is there; Min() without one.
absl::StatusOr<EntryId> FirstId(LogTarget& log, const std::string& stream) {
  ReadRequest request;
  request.stream = stream;
  request.until = Bound::End();
  request.limit = 1;
  request.on_trimmed = OnTrimmed::kSkip;
  ASSIGN_OR_RETURN(const std::unique_ptr<EntrySource> source, log.Read(request, {}));
  ChunkView chunk;
  ASSIGN_OR_RETURN(const bool more, source->Next(&chunk, absl::InfinitePast(), {}));
  return more ? (*chunk.begin()).id : EntryId::Min();
}

class InfoCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->add_option("STREAM", stream_, "The stream to describe; without one, the whole log");
    app->add_option("--format", format_, "text, or json: one object")
        ->check(CLI::IsMember({"text", "json"}))
        ->type_name("FORMAT")
        ->capture_default_str();
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    if (stream_.empty() && env.database.has_value() && !IsRedisAddress(env.at)) {
      return InvalidArgument("--db: it is of a stream; without one, all databases are described");
    }
    if (stream_.empty() && IsRedisAddress(env.at)) {
      return InvalidArgument("--at redis://...: give STREAM; only a directory is described whole");
    }
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log, OpenTarget(env, Access::kRead));
    RETURN_IF_ERROR(stream_.empty() ? DescribeLog(env, *log->local()) : DescribeStream(env, *log));
    RETURN_IF_ERROR(env.output->Flush());
    return ExitCode::kOk;
  }

 private:
  absl::Status DescribeStream(Environment& env, LogTarget& log) const {
    ASSIGN_OR_RETURN(const StreamInfo info, log.DescribeStream(stream_));
    ASSIGN_OR_RETURN(const EntryId first_id, FirstId(log, stream_));
    std::string* out = env.output->buffer();
    if (format_ == "json") {
      AppendStreamJson(info, log.tells_settings(), first_id, out);
      out->push_back('\n');
    } else {
      AppendStreamText(info, log.tells_settings(), first_id, out);
    }
    return absl::OkStatus();
  }

  absl::Status DescribeLog(Environment& env, EventLog& log) const {
    ASSIGN_OR_RETURN(const LogInfo info, log.Describe());
    ASSIGN_OR_RETURN(const std::vector<int> databases, UsedDatabases(log));
    const uint64_t bytes = BytesOfFiles(env.at);
    auto out = std::back_inserter(*env.output->buffer());
    if (format_ == "json") {
      fmt::format_to(out,
                     "{{\"log\":\"{:016x}\",\"file_bytes\":{},\"table_bytes\":{},"
                     "\"garbage_bytes\":{},\"written_commit\":{},\"synced_commit\":{},"
                     "\"databases\":[{}]}}\n",
                     info.log_id, bytes, info.disk_bytes, info.garbage_bytes, info.written_commit,
                     info.synced_commit, fmt::join(databases, ","));
      return absl::OkStatus();
    }
    fmt::format_to(out, "log         {:016x}\n", info.log_id);
    fmt::format_to(out, "files       {}\n", HumanBytes(bytes));
    fmt::format_to(out, "tables      {}, what was appended last is in the write-ahead log\n",
                   HumanBytes(info.disk_bytes));
    fmt::format_to(out, "garbage     {} of the tables, about; trimmed or dropped\n",
                   HumanBytes(info.garbage_bytes));
    fmt::format_to(out, "written     through commit {}\n", Grouped(info.written_commit));
    fmt::format_to(out, "synced      through commit {}, if not further\n",
                   Grouped(info.synced_commit));
    fmt::format_to(
        out, "databases   {}\n",
        databases.empty() ? "no streams" : fmt::format("{}", fmt::join(databases, ", ")));
    return absl::OkStatus();
  }

  std::string stream_;
  std::string format_ = "text";
};

}  // namespace

std::unique_ptr<Command> MakeInfoCommand() { return std::make_unique<InfoCommand>(); }

}  // namespace evlog::cli
