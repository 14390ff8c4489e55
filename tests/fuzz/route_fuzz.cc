// Routes: their rows, and messages made entries. The first byte says which, and how.
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "embedded/json_members.h"
#include "embedded/stream_route.h"
#include "log/catalog_codec.h"
#include "log/key_codec.h"
#include "tests/fuzz/check.h"

namespace evlog {
namespace {

using Json = nlohmann::json;

Json Parse(std::string_view text) {
  return Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
}

void RunKey(std::string_view bytes) {
  const absl::StatusOr<RouteKey> key = DecodeRouteKey(bytes);
  if (!key.ok()) return Check(absl::IsDataLoss(key.status()));
  Check(EncodeRouteKey(*key) == bytes && !key->stream.empty());
}

void RunRecord(std::string_view bytes) {
  const absl::StatusOr<RouteRecord> record = DecodeRouteRecord(bytes);
  if (!record.ok()) return Check(absl::IsDataLoss(record.status()));
  const absl::StatusOr<RouteRecord> again = DecodeRouteRecord(EncodeRouteRecord(*record));
  Check(again.ok() && *again == *record);
}

// Against the parser that builds a tree.
void RunMembers(std::string_view text) {
  const auto members = ReadJsonMembers(text);
  const Json tree = Parse(text);
  if (!members.ok()) {
    Check(absl::IsInvalidArgument(members.status()));
    return Check(!tree.is_object() || text.find('\0') != std::string_view::npos);
  }
  Check(tree.is_object());
  std::map<std::string, std::string> last;  // of a name that repeats: the tree keeps that one
  for (const auto& [name, value] : *members) last[name] = value;
  Check(last.size() == tree.size());
  for (const auto& [name, value] : last) {
    Check(tree.contains(name));
    const Json& expected = tree[name];
    if (expected.is_string()) {
      Check(expected.get_ref<const std::string&>() == value);
    } else {
      Check(Parse(value) == expected);
    }
  }
}

// `how`: which fields and which key.
void RunMessage(uint8_t how, std::string_view payload) {
  Route route;
  route.fields = static_cast<Route::Fields>(how % 3);
  route.key = static_cast<Route::Key>(how / 3 % 3);
  if (route.key == Route::Key::kField) route.key_field = "id";
  Check(route.Validate().ok());
  internal::BatchData batch;
  const absl::Status status = AddRouted(route, "channel", payload, &batch);
  Check(status.ok() || absl::IsInvalidArgument(status));
  Check(batch.count() == (status.ok() ? 1 : 0));
  Check(route.fields == Route::Fields::kJson || status.ok());
}

}  // namespace
}  // namespace evlog

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      evlog::RunKey(bytes);
      break;
    case 1:
      evlog::RunRecord(bytes);
      break;
    case 2:
      evlog::RunMembers(bytes);
      break;
    default:
      evlog::RunMessage(data[0] / 4, bytes);
  }
  return 0;
}
