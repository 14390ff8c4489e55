#include "embedded/stream_route.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "embedded/hub/subscriber_table.h"
#include "embedded/json_members.h"
#include "log/base/status.h"

namespace evlog {

namespace {

constexpr std::string_view kChannelField = "channel";
constexpr std::string_view kPayloadField = "payload";

}  // namespace

absl::Status Route::Validate() const {
  if (pattern.size() > kChannelBytesMax) {
    return InvalidArgument("the pattern of a route has {} bytes, at most {} are possible",
                           pattern.size(), kChannelBytesMax);
  }
  if (fields > Fields::kJson) return InvalidArgument("fields is {}", static_cast<int>(fields));
  if (key > Key::kField) return InvalidArgument("key is {}", static_cast<int>(key));
  if ((key == Key::kField) == key_field.empty()) {
    return absl::InvalidArgumentError("key_field is given with Key::kField, and only then");
  }
  return absl::OkStatus();
}

absl::Status AddRouted(const Route& route, std::string_view channel, std::string_view payload,
                       internal::BatchData* batch) {
  std::vector<std::pair<std::string, std::string>> members;
  std::vector<FieldView> fields;
  switch (route.fields) {
    case Route::Fields::kMessage:
      fields = {{kChannelField, channel}, {kPayloadField, payload}};
      break;
    case Route::Fields::kPayload:
      fields = {{kPayloadField, payload}};
      break;
    case Route::Fields::kJson: {
      ASSIGN_OR_RETURN(members, ReadJsonMembers(payload));
      for (const auto& [name, value] : members) fields.push_back({name, value});
      break;
    }
  }
  Batch::EntryOptions options;
  if (route.key == Route::Key::kChannel) options.key = channel;
  if (route.key == Route::Key::kField) {
    for (const FieldView& field : fields) {
      if (field.name == route.key_field) options.key = field.value;
    }
  }
  return batch->Add(std::span<const FieldView>(fields), options);
}

absl::StatusOr<std::shared_ptr<StreamState>> StreamRoute::StreamOf(Log& log) {
  MutexLock lock(mu_);
  if (stream_ == nullptr) {
    ASSIGN_OR_RETURN(Catalog::Found found,
                     log.catalog().FindOrCreate(database_, route_.stream, options_));
    stream_ = std::move(found.stream);
  }
  return stream_;
}

absl::Status StreamRoute::Append(std::string_view channel,
                                 std::span<const std::string_view> payloads) {
  const std::shared_ptr<Log> log = log_.lock();
  if (log == nullptr) return absl::FailedPreconditionError("the log is closed");
  // A stream that was dropped meanwhile is made anew, once.
  for (bool again = true;; again = false) {
    internal::BatchData batch;
    for (const std::string_view payload : payloads) {
      RETURN_IF_ERROR(AddRouted(route_, channel, payload, &batch));
    }
    ASSIGN_OR_RETURN(const std::shared_ptr<StreamState> stream, StreamOf(*log));
    const absl::Status status = log->Append(stream, std::move(batch), {}).status();
    if (!absl::IsNotFound(status) || !again) return status;
    MutexLock lock(mu_);
    if (stream_ != stream) continue;
    options_ = stream->options();
    options_.expires_at.reset();
    stream_ = nullptr;
  }
}

}  // namespace evlog
