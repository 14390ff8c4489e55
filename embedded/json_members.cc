#include "embedded/json_members.h"

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "log/base/status.h"

namespace evlog {

namespace {

using Json = nlohmann::json;
using Members = std::vector<std::pair<std::string, std::string>>;

// As JSON. Never of a value that has others within.
std::string Dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Is told of a text's parts, one after the other; false ends it. Its interface is nlohmann's.
class MembersReader {
 public:
  explicit MembersReader(Members* members) : members_(members) {}

  bool null() { return AddValue("null"); }
  bool boolean(bool value) { return AddValue(value ? "true" : "false"); }
  bool number_integer(int64_t value) { return AddValue(std::to_string(value)); }
  bool number_unsigned(uint64_t value) { return AddValue(std::to_string(value)); }
  bool number_float(double value, const std::string&) { return AddValue(Dump(value)); }
  bool string(std::string& value) {
    return depth_ == 1 ? AddValue(std::move(value)) : AddValue(Dump(value));
  }
  bool binary(Json::binary_t&) { return false; }

  bool start_object(size_t) { return Open("{"); }
  bool end_object() { return Close('}'); }
  bool start_array(size_t) { return depth_ != 0 && Open("["); }
  bool end_array() { return Close(']'); }
  bool key(std::string& name) {
    if (depth_ == 1) {
      name_ = std::move(name);
    } else {
      Separate();
      value_.append(Dump(name)).push_back(':');
    }
    return true;
  }
  bool parse_error(size_t, const std::string&, const Json::exception&) { return false; }

 private:
  // Strings end with a quote, so this looks at what is no string.
  void Separate() {
    if (!value_.empty() && std::string_view("{[:").find(value_.back()) == std::string_view::npos) {
      value_.push_back(',');
    }
  }

  bool AddValue(std::string value) {
    if (depth_ == 0) return false;
    if (depth_ == 1) {
      members_->emplace_back(std::move(name_), std::move(value));
    } else {
      Separate();
      value_.append(value);
    }
    return true;
  }

  bool Open(std::string_view bracket) {
    if (depth_ != 0) {
      Separate();
      value_.append(bracket);
    }
    ++depth_;
    return true;
  }

  bool Close(char bracket) {
    if (--depth_ == 0) return true;
    value_.push_back(bracket);
    if (depth_ == 1) {
      members_->emplace_back(std::move(name_), std::move(value_));
      value_.clear();
    }
    return true;
  }

  Members* const members_;
  size_t depth_ = 0;  // 1: within the object itself
  std::string name_;
  std::string value_;  // of the member, as far as it has come, where it has values within
};

}  // namespace

absl::StatusOr<Members> ReadJsonMembers(std::string_view text) {
  Members members;
  MembersReader reader(&members);
  // The parser would take a zero byte for the end.
  if (text.find('\0') != std::string_view::npos ||
      !Json::sax_parse(text.begin(), text.end(), &reader)) {
    return InvalidArgument("the route wants JSON objects, this is none: {}", Quoted(text));
  }
  return members;
}

}  // namespace evlog
