#include "cli/group_printing.h"

#include <utility>

#include "cli/origin.h"
#include "log/base/status.h"

namespace evlog::cli {

DeliveryPrinter::DeliveryPrinter(std::unique_ptr<const Formatter> formatter,
                                 std::string_view stream, bool placed, Output* output)
    : formatter_(std::move(formatter)), stream_(stream), placed_(placed), output_(output) {}

absl::StatusOr<DeliveryPrinter> DeliveryPrinter::Make(const FormatOptions& options,
                                                      std::string_view stream, bool placed,
                                                      Output* output) {
  ASSIGN_OR_RETURN(std::unique_ptr<const Formatter> formatter, MakeFormatter(options));
  return DeliveryPrinter(std::move(formatter), stream, placed, output);
}

absl::StatusOr<bool> DeliveryPrinter::Print(const std::vector<Delivery>& runs) {
  for (const Delivery& run : runs) {
    Origin origin{stream_};
    origin.deliveries = run.deliveries;
    origin.placed = placed_;
    for (const EntryView& entry : run.entries) {
      formatter_->Append(entry, origin, output_->buffer());
      RETURN_IF_ERROR(output_->FlushIfFull());
    }
  }
  RETURN_IF_ERROR(output_->Flush());
  return !output_->closed();
}

}  // namespace evlog::cli
