// Routes in the words of the command line, of JSON, and of EVLOG ROUTE.
#ifndef EVLOG_CLI_ROUTE_WORDS_H_
#define EVLOG_CLI_ROUTE_WORDS_H_

#include <string>
#include <string_view>

#include "evlog/route.h"

namespace evlog::cli {

// `message`, `payload` or `json`.
const char* FieldsWord(Route::Fields fields);
// False: it is none of these.
bool ParseFieldsWord(std::string_view text, Route::Fields* fields);

// `channel`, `none` or `field:NAME`.
std::string KeyWord(const Route& route);
// False: it is none of these.
bool ParseKeyWord(std::string_view text, Route* route);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_ROUTE_WORDS_H_
