// evlog append: one entry from the arguments, or many from files and pipes.
#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/bulk_append.h"
#include "cli/command.h"
#include "cli/durability.h"
#include "cli/encode.h"
#include "cli/filter.h"
#include "cli/record_source.h"
#include "cli/target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

// The value of the field that --key names. Without one the order that the key promises would be
// lost in silence, so that is an error.
absl::StatusOr<std::optional<std::string_view>> FindKey(const std::string& field,
                                                        const std::vector<FieldView>& fields) {
  if (field.empty()) return std::nullopt;
  for (const FieldView& candidate : fields) {
    if (candidate.name == field) return candidate.value;
  }
  return InvalidArgument("no field {}, which --key names", Quoted(field));
}

// Refuses what the log would refuse. There it would take the rest of its batch along, and nobody
// could say which line it was.
absl::Status CheckLimits(const std::vector<FieldView>& fields,
                         const std::optional<std::string_view>& key) {
  constexpr Limits kLimits;
  constexpr size_t kLengthBytesMax = 5;  // of what precedes each name and value
  if (fields.size() > kLimits.fields) {
    return InvalidArgument("{} fields where {} may be", fields.size(), kLimits.fields);
  }
  if (key.has_value() && key->size() > kLimits.key_bytes) {
    return InvalidArgument("a key of {} bytes where {} may be", key->size(), kLimits.key_bytes);
  }
  size_t bytes = 4 * kLengthBytesMax + (key.has_value() ? key->size() : 0);
  for (const FieldView& field : fields) {
    bytes += field.name.size() + field.value.size() + 2 * kLengthBytesMax;
  }
  if (bytes > kLimits.entry_bytes) {
    return InvalidArgument("an entry of {} bytes where {} may be", bytes, kLimits.entry_bytes);
  }
  return absl::OkStatus();
}

// One run over files or stdin.
class BulkRun {
 public:
  BulkRun(Environment& env, Stream stream, const BulkOptions& options, RecordFormat format,
          const std::string& key_field)
      : env_(env),
        appender_(std::move(stream), options),
        format_(format),
        key_field_(key_field),
        started_(env.clock->Now()) {}

  // Appends all of the files; stops at the first error, and in order when a signal came. What was
  // appended stays appended in any case.
  absl::StatusOr<ExitCode> Run(const std::vector<std::string>& files, bool verbose) {
    absl::Status status;
    for (const std::string& file : files) {
      status = AppendFile(file);
      if (!status.ok()) break;
    }
    const absl::Status finished = appender_.Finish();
    const absl::Status written = env_.output->Flush();
    if (!finished.ok()) status = finished;
    if (status.ok()) status = written;
    const bool interrupted = env_.interrupt->signalled();
    const uint64_t entries = appender_.acknowledged();
    if (!status.ok() && !absl::IsCancelled(status)) {
      env_.status->Say(fmt::format("evlog: append: {}", MessageOf(status)));
      env_.status->Say("evlog: append: acknowledged before that: " + Entries(entries));
      // A bad line is an error in the data, not in the command line.
      return absl::IsInvalidArgument(status) ? ExitCode::kError : ExitCodeFor(status);
    }
    if (interrupted) {
      env_.status->Say("evlog: append: interrupted; acknowledged: " + Entries(entries));
      return ExitCode::kInterrupted;
    }
    if (verbose || env_.status->terminal()) env_.status->Say(Report(entries, bytes_));
    return ExitCode::kOk;
  }

 private:
  absl::Status AppendFile(const std::string& file) {
    if (file == "-") return AppendFrom(STDIN_FILENO, "<stdin>");
    const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
      const auto code =
          errno == ENOENT ? absl::StatusCode::kNotFound : absl::StatusCode::kUnavailable;
      return Error(code, "{}: {}", file, strerror(errno));
    }
    absl::Status status = AppendFrom(fd, file);
    close(fd);
    return status;
  }

  absl::Status AppendFrom(int fd, const std::string& name) {
    // A slow pipe must not hold back what it has sent already.
    FdSource bytes(fd, env_.interrupt->wake_fd(), [this] {
      appender_.Flush();
      return absl::OkStatus();
    });
    Input input(&bytes, Limits{}.entry_bytes);
    const std::unique_ptr<RecordSource> records = MakeRecordSource(format_, &input);
    absl::Status status = AppendRecords(name, &input, records.get());
    bytes_ += input.bytes_read();
    return status;
  }

  absl::Status AppendRecords(const std::string& name, const Input* input, RecordSource* records) {
    std::vector<FieldView> fields;
    std::optional<std::string_view> key;
    for (uint64_t count = 1;; ++count) {
      const absl::StatusOr<bool> more = NextRecord(records, &fields, &key);
      if (absl::IsInvalidArgument(more.status())) {
        return Annotate(more.status(), fmt::format("{}:{}", name, records->line()));
      }
      if (absl::IsCancelled(more.status())) return more.status();
      if (!more.ok()) return Annotate(more.status(), name);
      if (!*more) return absl::OkStatus();
      // Errors from here on are those of the log, about whatever is under way.
      RETURN_IF_ERROR(appender_.Add(fields, key));
      if (count % 1024 == 0 && env_.status->ProgressDue()) {
        env_.status->ShowProgress(Report(appender_.acknowledged(), bytes_ + input->bytes_read()));
      }
    }
  }

  // INVALID_ARGUMENT: the record at records->line() cannot be appended.
  absl::StatusOr<bool> NextRecord(RecordSource* records, std::vector<FieldView>* fields,
                                  std::optional<std::string_view>* key) const {
    ASSIGN_OR_RETURN(const bool more, records->Next(fields));
    if (!more) return false;
    ASSIGN_OR_RETURN(*key, FindKey(key_field_, *fields));
    RETURN_IF_ERROR(CheckLimits(*fields, *key));
    return true;
  }

  static std::string Entries(uint64_t count) {
    return Grouped(count) + (count == 1 ? " entry" : " entries");
  }
  std::string Report(uint64_t entries, uint64_t bytes) const {
    return fmt::format("{}, {}, {}", Entries(entries), HumanBytes(bytes),
                       HumanRate(entries, env_.clock->Now() - started_));
  }

  Environment& env_;
  BulkAppender appender_;
  const RecordFormat format_;
  const std::string& key_field_;
  const absl::Time started_;
  uint64_t bytes_ = 0;  // of the files before the current one
};

class AppendCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->add_option("STREAM", stream_, "The stream; made when it is missing")->required();
    app->add_option("FIELD=VALUE|FILE", arguments_,
                    "Fields of one entry; with --lines, --jsonl, --csv: files (- is stdin)");
    app->add_flag("--lines", lines_, "Each line is an entry with the field `line`");
    app->add_flag("--jsonl", jsonl_, "Each line is a JSON object; its members are the fields");
    app->add_flag("--csv", csv_, "The first line names the fields of the others");
    app->add_option("--key", key_field_, "The field whose value is the key of each entry")
        ->type_name("FIELD");
    app->add_option("--id", id_, "The id of the one entry (ms-seq) instead of an automatic one")
        ->type_name("ID");
    app->add_option(
           "--durability", durability_,
           "sync, os or async instead of the stream's level; a stream made here takes it over")
        ->type_name("LEVEL");
    app->add_option("--partitions", partitions_, "Partitions of a stream made here (1)")
        ->check(CLI::Range(1u, static_cast<unsigned>(kPartitionsMax)))
        ->type_name("N");
    app->add_option("--batch", bulk_.batch_entries, "Append at most so many entries at once")
        ->check(CLI::Range(1u, 1'000'000u))
        ->type_name("N")
        ->capture_default_str();
    app->add_flag("--print-ids", print_ids_, "Print the id of each acknowledged entry");
    app->add_flag("--verbose", verbose_, "Say at the end how much it was, also without a terminal");
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    if (lines_ + jsonl_ + csv_ > 1) {
      return InvalidArgument("--lines, --jsonl and --csv exclude each other");
    }
    const bool bulk = lines_ || jsonl_ || csv_;
    if (!bulk && arguments_.empty()) {
      return InvalidArgument("nothing to append; give FIELD=VALUE, or --lines, --jsonl or --csv");
    }
    if (bulk && id_.has_value()) return InvalidArgument("--id is for a single entry");
    StreamOptions options;
    if (durability_.has_value()) {
      ASSIGN_OR_RETURN(options.durability, ParseDurability(*durability_));
      bulk_.durability = options.durability;
    }
    options.partitions = partitions_.value_or(1);
    Single single;
    if (!bulk) RETURN_IF_ERROR(ParseSingle(&single));
    ASSIGN_OR_RETURN(auto log, OpenForAppending(env.at, env.clock));
    ASSIGN_OR_RETURN(Stream stream, log->OpenStream(stream_, options));
    if (partitions_.has_value() && stream.options().partitions != *partitions_) {
      return Error(absl::StatusCode::kAlreadyExists, "CONFLICT: stream {} has {} partitions",
                   Quoted(stream_), stream.options().partitions);
    }
    ASSIGN_OR_RETURN(const ExitCode code,
                     bulk ? AppendBulk(env, std::move(stream)) : AppendOne(env, single, stream));
    RETURN_IF_ERROR(log->Close());
    return code;
  }

 private:
  struct Single {
    std::vector<FieldView> fields;
    AppendOptions options;
  };

  absl::Status ParseSingle(Single* single) const {
    for (const std::string& argument : arguments_) {
      ASSIGN_OR_RETURN(const FieldView field, SplitField(argument));
      single->fields.push_back(field);
    }
    ASSIGN_OR_RETURN(single->options.key, FindKey(key_field_, single->fields));
    if (id_.has_value()) {
      ASSIGN_OR_RETURN(single->options.id, EntryId::Parse(*id_));
    }
    single->options.durability = bulk_.durability;
    return absl::OkStatus();
  }

  static absl::StatusOr<ExitCode> AppendOne(Environment& env, const Single& single, Stream stream) {
    ASSIGN_OR_RETURN(const AppendResult result, stream.Append(single.fields, single.options));
    AppendId(result.first_id, env.output->buffer());
    env.output->buffer()->push_back('\n');
    RETURN_IF_ERROR(env.output->Flush());
    return ExitCode::kOk;
  }

  absl::StatusOr<ExitCode> AppendBulk(Environment& env, Stream stream) {
    if (print_ids_) bulk_.ids = env.output;
    const RecordFormat format = lines_   ? RecordFormat::kLines
                                : jsonl_ ? RecordFormat::kJsonLines
                                         : RecordFormat::kCsv;
    const std::vector<std::string> files =
        arguments_.empty() ? std::vector<std::string>{"-"} : arguments_;
    BulkRun run(env, std::move(stream), bulk_, format, key_field_);
    return run.Run(files, verbose_);
  }

  std::string stream_;
  std::vector<std::string> arguments_;
  bool lines_ = false;
  bool jsonl_ = false;
  bool csv_ = false;
  std::string key_field_;
  std::optional<std::string> id_;
  std::optional<std::string> durability_;
  std::optional<uint32_t> partitions_;
  bool print_ids_ = false;
  bool verbose_ = false;
  BulkOptions bulk_;
};

}  // namespace

std::unique_ptr<Command> MakeAppendCommand() { return std::make_unique<AppendCommand>(); }

}  // namespace evlog::cli
