// Which bytes are text.
#ifndef EVLOG_LOG_BASE_UTF8_H_
#define EVLOG_LOG_BASE_UTF8_H_

#include <cstddef>
#include <string_view>

namespace evlog {

// The length of the well-formed UTF-8 sequence that `bytes` begins with (1..4), or 0.
size_t Utf8Length(std::string_view bytes);

}  // namespace evlog

#endif  // EVLOG_LOG_BASE_UTF8_H_
