#include <utility>

#include "embedded/projection_impl.h"
#include "log/base/status.h"

namespace evlog {

absl::StatusOr<std::optional<std::string>> ProjectionBatch::Impl::Get(std::string_view key) {
  const auto known = values_.find(key);
  if (known != values_.end()) return known->second.value;
  ASSIGN_OR_RETURN(std::optional<std::string> value, log_->GetState(space_, key));
  bytes_ += key.size() + (value ? value->size() : 0);
  values_.emplace(key, Value{value, false});
  return value;
}

void ProjectionBatch::Impl::Set(std::string_view key, std::optional<std::string> value) {
  bytes_ += key.size() + (value ? value->size() : 0);
  auto known = values_.find(key);
  if (known == values_.end()) known = values_.emplace(key, Value()).first;
  known->second = {std::move(value), true};
}

absl::Status ProjectionBatch::Impl::Append(const Stream& stream, Fields fields,
                                           const AppendOptions& options) {
  RETURN_IF_ERROR(appends_.Append(stream, fields, options));
  if (options.key) bytes_ += options.key->size();
  for (const FieldView& field : fields) bytes_ += field.name.size() + field.value.size();
  return absl::OkStatus();
}

Transaction ProjectionBatch::Impl::Take() {
  Transaction taken = std::exchange(appends_, Transaction());
  for (const auto& [key, value] : values_) {
    if (!value.changed) continue;
    if (value.value) {
      taken.PutState(space_, key, *value.value);
    } else {
      taken.DeleteState(space_, key);
    }
  }
  values_.clear();
  bytes_ = 0;
  return taken;
}

absl::StatusOr<std::optional<std::string>> ProjectionBatch::Get(std::string_view key) {
  return impl_->Get(key);
}
void ProjectionBatch::Put(std::string_view key, std::string_view value) {
  impl_->Set(key, std::string(value));
}
void ProjectionBatch::Delete(std::string_view key) { impl_->Set(key, std::nullopt); }
absl::Status ProjectionBatch::Append(const Stream& stream, Fields fields,
                                     const AppendOptions& options) {
  return impl_->Append(stream, fields, options);
}

}  // namespace evlog
