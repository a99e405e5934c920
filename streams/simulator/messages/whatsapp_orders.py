"""Orders in WhatsApp templates: what is bought, how it is paid for, what became of it."""

from typing import Annotated, Literal, Required

from pydantic import Field
from typing_extensions import TypedDict

from streams.simulator.messages.shared import Int32, Some, items, sized

Text60 = Annotated[str, sized(0, 60)]
Text120 = Annotated[str, sized(0, 120)]
# Published without an anchor, where any character would do.
PaymentId = Annotated[str, Field(pattern=r"^[A-Za-z0-9\-_.]{1,35}$")]


class Amount(TypedDict):
    """Hundredths of a currency."""

    value: Int32


class DescribedAmount(TypedDict, total=False):
    """Hundredths of a currency, and what for."""

    value: Required[Int32]
    description: Text60


class Address(TypedDict, total=False):
    """Where an importer is."""

    firstAddressLine: str
    secondAddressLine: str
    city: str
    zoneCode: str
    postalCode: str
    countryCode: str


class OrderItem(TypedDict, total=False):
    """Something bought."""

    retailerId: Required[str]
    name: Required[Annotated[str, sized(1, 60)]]
    amount: Required[Amount]
    saleAmount: Amount
    quantity: Required[Int32]
    originCountry: str
    importerName: str
    importerAddress: Address


class Discount(TypedDict, total=False):
    """What is taken off."""

    amount: Required[DescribedAmount]
    programName: Text60


class Expiration(TypedDict):
    """How long an order stands."""

    expirationSeconds: Annotated[int, Field(ge=360, le=2**63 - 1)]
    description: Text120


class Order(TypedDict, total=False):
    """What is bought."""

    catalogId: str
    items: Required[Annotated[list[OrderItem], Some]]
    subtotal: Required[Amount]
    tax: Required[DescribedAmount]
    shipping: DescribedAmount
    discount: Discount
    orderExpiration: Expiration
    orderDetailsType: Literal["QUICK_PAY"]


class Beneficiary(TypedDict, total=False):
    """Who is paid."""

    name: Required[Annotated[str, sized(0, 200)]]
    firstAddressLine: Required[Annotated[str, sized(0, 100)]]
    secondAddressLine: Annotated[str, sized(0, 100)]
    city: str
    state: str
    country: Required[Literal["INDIA"]]
    postalCode: Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class Pix(TypedDict, total=False):
    """Paid by Pix."""

    type: Required[Literal["BRAZIL_PIX_DC"]]
    id: Required[PaymentId]
    code: Required[str]
    merchantName: Required[str]
    keyType: Required[Literal["CPF", "CNPJ", "EMAIL", "PHONE", "EVP"]]
    key: Required[str]
    flowType: Literal["REDIRECT", "COPYPASTE", "APPSWITCH"]


class BrazilLink(TypedDict):
    """Paid where a link leads."""

    type: Literal["BRAZIL_LINK"]
    id: PaymentId
    paymentLink: str


class Boleto(TypedDict):
    """Paid by Boleto."""

    type: Literal["BRAZIL_BOLETO"]
    id: PaymentId
    code: str


class BrazilPayments(TypedDict):
    """Paid in one of several ways."""

    type: Literal["BRAZIL_PAYMENTS"]
    payments: Annotated[list[Annotated[Pix | BrazilLink | Boleto, Field(discriminator="type")]], items(1, 2)]


class PayU(TypedDict, total=False):
    """Paid by PayU."""

    type: Required[Literal["PG_PAYU"]]
    id: Required[PaymentId]
    beneficiary: Beneficiary
    callbackData: Annotated[list[Annotated[str, sized(1, 255)]], items(0, 4)]


class Razorpay(TypedDict, total=False):
    """Paid by Razorpay."""

    type: Required[Literal["PG_RAZORPAY"]]
    id: Required[PaymentId]
    beneficiary: Beneficiary
    callbackData: dict[str, str]


class IntentLink(TypedDict, total=False):
    """Where an intent leads."""

    type: Literal["LINK"]
    paymentLink: Required[str]


class UpiIntent(TypedDict, total=False):
    """Paid in an app of UPI."""

    type: Required[Literal["UPI_INTENT"]]
    id: Required[PaymentId]
    beneficiary: Beneficiary
    format: Required[IntentLink]


class UpiLink(TypedDict, total=False):
    """Paid where a link of UPI leads."""

    type: Required[Literal["UPI_LINK"]]
    id: Required[PaymentId]
    beneficiary: Beneficiary
    paymentLink: Required[str]


class OrderDetails(TypedDict, total=False):
    """What is bought, and how it is paid for."""

    payment: Required[
        Annotated[
            Pix | BrazilLink | Boleto | BrazilPayments | PayU | Razorpay | UpiIntent | UpiLink,
            Field(discriminator="type"),
        ]
    ]
    paymentConfiguration: Annotated[str, sized(1, 60)]
    orderCurrency: Required[Literal["INR", "BRL"]]
    orderType: Required[Literal["PHYSICAL_GOODS", "DIGITAL_GOODS"]]
    totalAmount: Required[Amount]
    order: Required[Order]


class PayUStatus(TypedDict):
    """A payment by the former PayU."""

    type: Literal["UPI_PAYU"]
    id: Annotated[str, sized(1, 25)]


class PaymentStatus(TypedDict):
    """Any other payment."""

    type: Literal[
        "BRAZIL",
        "BRAZIL_PIX_DC",
        "PG_PAYU",
        "PG_RAZORPAY",
        "BRAZIL_LINK",
        "BRAZIL_BOLETO",
        "UPI_INTENT",
        "UPI_LINK",
    ]
    id: PaymentId


class OrderStatus(TypedDict, total=False):
    """What became of an order."""

    type: Required[Literal["ORDER_STATUS"]]
    payment: Required[Annotated[PayUStatus | PaymentStatus, Field(discriminator="type")]]
    status: Required[Literal["PENDING", "PROCESSING", "PARTIALLY_SHIPPED", "SHIPPED", "COMPLETED", "CANCELED"]]
    description: Text120
