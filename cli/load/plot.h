// A run of the load generator as a picture.
#ifndef EVLOG_CLI_LOAD_PLOT_H_
#define EVLOG_CLI_LOAD_PLOT_H_

#include <string>

#include "absl/status/status.h"
#include "cli/load/result.h"

namespace evlog::cli {

// SVG: entries a second over time, latencies over time, and the curve of latencies by the share of
// requests that they do not exceed. Stands by itself, and is the same for the same result.
std::string PlotSvg(const LoadResult& result);

// Makes the file if it is missing, so that a run is not made for a picture that nobody gets. Errors
// of both: UNAVAILABLE with the system's reason.
absl::Status CheckPlot(const std::string& path);
// Writes it to the file, in place of what was there.
absl::Status WritePlot(const LoadResult& result, const std::string& path);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_LOAD_PLOT_H_
