// What a consumer is handed, on stdout: `tail --group` and `claim` share it.
#ifndef EVLOG_CLI_GROUP_PRINTING_H_
#define EVLOG_CLI_GROUP_PRINTING_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/format.h"
#include "cli/output.h"
#include "evlog/group.h"

namespace evlog::cli {

// Writes entries in one of the formats of `read`; `json` says how often each was delivered.
class DeliveryPrinter {
 public:
  // `placed`: whether offsets and partitions are known. Errors: MakeFormatter.
  static absl::StatusOr<DeliveryPrinter> Make(const FormatOptions& options, std::string_view stream,
                                              bool placed, Output* output);

  // Writes all of them, and flushes them. False: nobody reads any more, so that they may not have
  // been seen. Errors: Output::Flush.
  absl::StatusOr<bool> Print(const std::vector<Delivery>& runs);

 private:
  DeliveryPrinter(std::unique_ptr<const Formatter> formatter, std::string_view stream, bool placed,
                  Output* output);

  std::unique_ptr<const Formatter> formatter_;
  std::string stream_;
  bool placed_;
  Output* output_;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_GROUP_PRINTING_H_
