// A run of the load generator as text, JSON and CSV.
#ifndef EVLOG_CLI_LOAD_REPORT_H_
#define EVLOG_CLI_LOAD_REPORT_H_

#include <string>

#include "cli/load/result.h"

namespace evlog::cli {

// A table, what was asked for above it, and what went wrong below it.
void AppendTextReport(const LoadResult& result, std::string* out);

// One object on a line: docs/json-output.md.
void AppendJsonReport(const LoadResult& result, std::string* out);

// The names of the columns; the rows of an interval, one for each measure of the shape.
void AppendCsvHeader(std::string* out);
void AppendCsvRows(const LoadShape& shape, const Interval& interval, std::string* out);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_LOAD_REPORT_H_
