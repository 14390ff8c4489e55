// `append` of many entries: from files or pipes to the log, with all that is said about it.
#ifndef EVLOG_CLI_BULK_RUN_H_
#define EVLOG_CLI_BULK_RUN_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/command.h"
#include "cli/entry_appender.h"
#include "cli/input.h"
#include "cli/record_source.h"

namespace evlog::cli {

// The value of the field that --key names. Without one the order that the key promises would be
// lost in silence, so that is an error; an empty `field` asks for no key.
absl::StatusOr<std::optional<std::string_view>> FindKey(const std::string& field,
                                                        const std::vector<FieldView>& fields);

// `1,200 entries`, and `, 3 duplicates` where there are any.
std::string EntriesText(uint64_t entries, uint64_t duplicates);

// One run over files or stdin.
class BulkRun {
 public:
  // `appender` has the same options.
  BulkRun(Environment& env, std::unique_ptr<EntryAppender> appender, const BulkOptions& options,
          RecordFormat format, const std::string& key_field);

  // Appends all of the files; stops at the first error, and in order when a signal came. What was
  // appended stays appended in any case; with an expectation that is all or nothing.
  // Errors: ABORTED for a conflict. Others it has told already when it answers with an exit code.
  absl::StatusOr<ExitCode> Run(const std::vector<std::string>& files, bool verbose);

  // What was acknowledged, and how many entries had been there before.
  AppendResult total() const { return appender_->total(); }
  uint64_t duplicates() const { return appender_->duplicates(); }

 private:
  absl::Status AppendFile(const std::string& file);
  absl::Status AppendFrom(int fd, const std::string& name);
  absl::Status AppendRecords(const std::string& name, const Input* input, RecordSource* records);
  absl::StatusOr<bool> NextRecord(RecordSource* records, std::vector<FieldView>* fields,
                                  std::optional<std::string_view>* key,
                                  std::optional<Idempotence>* mark) const;
  std::string Acknowledged() const;
  std::string Report(uint64_t bytes) const;

  Environment& env_;
  const std::unique_ptr<EntryAppender> appender_;
  const RecordFormat format_;
  const std::string key_field_;
  const Producer producer_;
  const bool all_or_nothing_;
  const absl::Time started_;
  uint64_t bytes_ = 0;  // of the files before the current one
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_BULK_RUN_H_
