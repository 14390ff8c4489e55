// Streams as `streams` and `info` show them.
#ifndef EVLOG_CLI_STREAM_REPORT_H_
#define EVLOG_CLI_STREAM_REPORT_H_

#include <string>
#include <vector>

#include "evlog/stream_options.h"

namespace evlog::cli {

// A table, one row a stream.
void AppendStreamTable(const std::vector<StreamInfo>& streams, std::string* out);

// One stream for people, its partitions below.
void AppendStreamText(const StreamInfo& stream, std::string* out);

// One JSON object, without a newline; docs/json-output.md is its contract.
void AppendStreamJson(const StreamInfo& stream, bool with_partitions, std::string* out);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_STREAM_REPORT_H_
