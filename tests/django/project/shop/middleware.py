def count_requests(get_response):
    def middleware(request):
        response = get_response(request)
        response.headers["X-Shop"] = "yes"
        return response

    return middleware
