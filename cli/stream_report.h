// Streams as `streams` and `info` show them. `told`: whether settings, sizes and partitions are
// known, which a Redis server does not tell.
#ifndef EVLOG_CLI_STREAM_REPORT_H_
#define EVLOG_CLI_STREAM_REPORT_H_

#include <string>
#include <vector>

#include "cli/table.h"
#include "evlog/stream_options.h"

namespace evlog::cli {

// A table, one row a stream, page by page: the columns are as wide as all pages so far want.
class StreamTable {
 public:
  StreamTable();
  void Append(const std::vector<StreamInfo>& page, bool told, std::string* out);

 private:
  Table table_;
};

// One stream for people, its partitions below. `first_id` is of the oldest entry that is there,
// Min() without one.
void AppendStreamText(const StreamInfo& stream, bool told, EntryId first_id, std::string* out);

// One JSON object, without a newline; docs/json-output.md is its contract. The first is a line of
// `streams`, the second what `info` says.
void AppendStreamJson(const StreamInfo& stream, bool told, std::string* out);
void AppendStreamJson(const StreamInfo& stream, bool told, EntryId first_id, std::string* out);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_STREAM_REPORT_H_
