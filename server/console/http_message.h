// As much of HTTP/1.1 as a page without a body needs.
#ifndef EVLOG_SERVER_CONSOLE_HTTP_MESSAGE_H_
#define EVLOG_SERVER_CONSOLE_HTTP_MESSAGE_H_

#include <optional>
#include <string>
#include <string_view>

namespace evlog::server {

// A request line. Views into the request.
struct HttpRequest {
  std::string_view method;  // GET
  std::string_view path;    // of the target, as it was sent, without its query
};

// Of a request, from its first byte on. Its header fields are not looked at: none of them changes
// an answer. nullopt: that is no HTTP/1.
std::optional<HttpRequest> ParseHttpRequest(std::string_view head);

struct HttpResponse {
  int status = 200;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string body = {};
};

// With the header fields that it needs; says that the connection ends. `with_body`: not in the
// answer to HEAD.
std::string EncodeHttpResponse(const HttpResponse& response, bool with_body);

}  // namespace evlog::server

#endif  // EVLOG_SERVER_CONSOLE_HTTP_MESSAGE_H_
