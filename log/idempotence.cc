#include "evlog/idempotence.h"

#include "evlog/limits.h"
#include "log/base/status.h"

namespace evlog {

namespace {

absl::Status CheckName(const char* what, std::string_view name) {
  if (!name.empty() && name.size() <= kIdempotenceNameBytesMax) return absl::OkStatus();
  return InvalidArgument("idempotence: the {} has {} bytes; it must have 1..{}", what, name.size(),
                         kIdempotenceNameBytesMax);
}

}  // namespace

absl::Status Idempotence::Validate() const {
  RETURN_IF_ERROR(CheckName("producer", producer_));
  return kind_ == Kind::kId ? CheckName("id", id_) : absl::OkStatus();
}

}  // namespace evlog
