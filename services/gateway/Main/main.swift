import Gateway
import Service

await ServiceMain.run(GatewayService.self)
