#include "cli/bulk_run.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "cli/encode.h"
#include "evlog/limits.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

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

}  // namespace

std::string EntriesText(uint64_t entries, uint64_t duplicates) {
  std::string text = Grouped(entries) + (entries == 1 ? " entry" : " entries");
  if (duplicates == 0) return text;
  return text + ", " + Grouped(duplicates) + (duplicates == 1 ? " duplicate" : " duplicates");
}

absl::StatusOr<std::optional<std::string_view>> FindKey(const std::string& field,
                                                        const std::vector<FieldView>& fields) {
  if (field.empty()) return std::nullopt;
  return FindField(field, "--key", fields);
}

BulkRun::BulkRun(Environment& env, std::unique_ptr<EntryAppender> appender,
                 const BulkOptions& options, RecordFormat format, const std::string& key_field)
    : env_(env),
      appender_(std::move(appender)),
      format_(format),
      key_field_(key_field),
      producer_(options.producer),
      all_or_nothing_(options.all_or_nothing()),
      started_(env.clock->Now()) {}

absl::StatusOr<ExitCode> BulkRun::Run(const std::vector<std::string>& files, bool verbose) {
  absl::Status status;
  for (const std::string& file : files) {
    status = AppendFile(file);
    if (!status.ok()) break;
  }
  // Half of what is to be all or nothing must not go.
  if (all_or_nothing_ && !status.ok()) appender_->Discard();
  const absl::Status finished = appender_->Finish();
  const absl::Status written = env_.output->Flush();
  if (!finished.ok()) status = finished;
  if (status.ok()) status = written;
  if (absl::IsAborted(status)) return status;
  const bool interrupted = env_.interrupt->signalled();
  if (!status.ok() && !absl::IsCancelled(status)) {
    env_.status->Say(fmt::format("evlog: append: {}", MessageOf(status)));
    env_.status->Say("evlog: append: acknowledged before that: " + Acknowledged());
    // A bad line is an error in the data, not in the command line.
    return absl::IsInvalidArgument(status) ? ExitCode::kError : ExitCodeFor(status);
  }
  if (interrupted) {
    env_.status->Say("evlog: append: interrupted; acknowledged: " + Acknowledged());
    return ExitCode::kInterrupted;
  }
  if (verbose || env_.status->terminal()) env_.status->Say(Report(bytes_));
  return ExitCode::kOk;
}

absl::Status BulkRun::AppendFile(const std::string& file) {
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

absl::Status BulkRun::AppendFrom(int fd, const std::string& name) {
  // A slow pipe must not hold back what it has sent already.
  FdSource bytes(fd, env_.interrupt->wake_fd(), [this] {
    if (!all_or_nothing_) appender_->Flush();
    return absl::OkStatus();
  });
  Input input(&bytes, Limits{}.entry_bytes);
  const std::unique_ptr<RecordSource> records = MakeRecordSource(format_, &input);
  absl::Status status = AppendRecords(name, &input, records.get());
  bytes_ += input.bytes_read();
  return status;
}

absl::Status BulkRun::AppendRecords(const std::string& name, const Input* input,
                                    RecordSource* records) {
  std::vector<FieldView> fields;
  std::optional<std::string_view> key;
  std::optional<Idempotence> mark;
  for (uint64_t count = 1;; ++count) {
    const absl::StatusOr<bool> more = NextRecord(records, &fields, &key, &mark);
    if (absl::IsInvalidArgument(more.status())) {
      return Annotate(more.status(), fmt::format("{}:{}", name, records->line()));
    }
    if (absl::IsCancelled(more.status())) return more.status();
    if (!more.ok()) return Annotate(more.status(), name);
    if (!*more) return absl::OkStatus();
    // Errors from here on are those of the log, about whatever is under way.
    RETURN_IF_ERROR(appender_->Add(fields, key, mark));
    if (count % 1024 == 0 && env_.status->ProgressDue()) {
      env_.status->ShowProgress(Report(bytes_ + input->bytes_read()));
    }
  }
}

// INVALID_ARGUMENT: the record at records->line() cannot be appended.
absl::StatusOr<bool> BulkRun::NextRecord(RecordSource* records, std::vector<FieldView>* fields,
                                         std::optional<std::string_view>* key,
                                         std::optional<Idempotence>* mark) const {
  ASSIGN_OR_RETURN(const bool more, records->Next(fields));
  if (!more) return false;
  ASSIGN_OR_RETURN(*key, FindKey(key_field_, *fields));
  if (producer_.each()) {
    ASSIGN_OR_RETURN(*mark, producer_.MarkOf(*fields));
  }
  RETURN_IF_ERROR(CheckLimits(*fields, *key));
  return true;
}

std::string BulkRun::Acknowledged() const {
  return EntriesText(appender_->total().count, appender_->duplicates());
}

std::string BulkRun::Report(uint64_t bytes) const {
  return fmt::format("{}, {}, {}", Acknowledged(), HumanBytes(bytes),
                     HumanRate(appender_->total().count, env_.clock->Now() - started_));
}

}  // namespace evlog::cli
