// The JSON reader of `append --jsonl`, against an independent one.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cli/json_object_reader.h"

namespace {

using Json = nlohmann::json;

Json Parse(std::string_view text) {
  return Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
}

// The other one refuses numbers past a double, skips a byte-order mark, and ends at a zero byte.
bool MayDiffer(std::string_view text) {
  return text.find_first_of("eE") != std::string_view::npos || text.size() > 300 ||
         text.starts_with("\xef\xbb\xbf") || text.find('\0') != std::string_view::npos;
}

void Check(bool condition) {
  if (!condition) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  evlog::cli::JsonObjectReader reader;
  std::vector<evlog::FieldView> fields;
  const bool ok = reader.Read(text, &fields).ok();
  const Json other = Parse(text);
  if (!ok || !other.is_object()) {
    Check(ok == other.is_object() || MayDiffer(text));
    return 0;
  }
  // A name that repeats keeps its last value there; here all are kept.
  std::set<std::string> seen;
  for (auto field = fields.rbegin(); field != fields.rend(); ++field) {
    const std::string name(field->name);
    Check(other.contains(name));
    if (!seen.insert(name).second) continue;
    const Json& value = other[name];
    if (value.is_string()) {
      Check(value.get_ref<const std::string&>() == field->value);
    } else {
      Check(Parse(field->value) == value);
    }
  }
  Check(seen.size() == other.size());
  return 0;
}
